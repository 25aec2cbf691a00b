// Loaded in <head> before the first paint: light or dark, wall display, and its refresh. Everything else is in zhikong.js.
//
//   <html data-refresh="60">        seconds between reloads of a wall display (only with ?kiosk=1)
//   <select data-theme-choice>      auto, light, dark
//   event "themechange" on document after the colours changed
(function () {
  "use strict";
  const root = document.documentElement;
  const address = new URLSearchParams(location.search);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const CHOICES = ["auto", "light", "dark"];
  let printing = false;

  function stored() {                                // storage may be switched off by policy; then it throws
    try { return localStorage.getItem("theme"); } catch { return null; }
  }
  function choice() {
    return [address.get("theme"), stored()].find((name) => CHOICES.includes(name)) || "auto";
  }
  function apply() {
    const name = printing ? "light" : choice();      // paper is white: charts take their colours from the theme
    const theme = name === "auto" ? (dark.matches ? "dark" : "light") : name;
    if (root.dataset.theme === theme) return;
    root.dataset.theme = theme;
    document.dispatchEvent(new Event("themechange"));
  }

  apply();
  dark.addEventListener("change", apply);
  window.addEventListener("storage", apply);         // the other tabs follow
  window.addEventListener("beforeprint", () => { printing = true; apply(); });
  window.addEventListener("afterprint", () => { printing = false; apply(); });
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-theme-choice]").forEach((select) => { select.value = choice(); });
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-theme-choice]")) return;
    address.delete("theme");                         // a choice made here wins over the address
    try { localStorage.setItem("theme", event.target.value); } catch { address.set("theme", event.target.value); }
    apply();
  });

  if (address.get("kiosk") === "1") {
    root.dataset.kiosk = "";
    const seconds = Number(root.dataset.refresh);
    if (seconds > 0) setInterval(async () => {
      // Ask first: reloading while the server is away would leave the browser's error page on the wall for good.
      try {
        const answer = await fetch(location.href, { cache: "no-store" });
        if (answer.ok) location.reload();
      } catch { /* away; asked again after the next interval */ }
    }, seconds * 1000);
  }
})();
