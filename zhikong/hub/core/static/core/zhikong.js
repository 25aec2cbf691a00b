// Keyboard, matrix, picker and the small behaviours of every page. Loaded with `defer`; pages work without it.
// No word shown to a person stands here: texts come from attributes of the page, so that they are translated there.
//
//   <html data-user="7">                     whose recent choices the pickers remember; none are kept without it
//   <body data-scroll-label data-picker-found="{n} …" data-picker-none data-picker-error>   texts
//   <a data-key="n">                         g then n follows it        <input data-search>   / goes there
//   <dialog data-shortcuts>                  ? opens it
//   <button data-open-dialog="id">           opens a <dialog>; <form method="dialog"> inside closes it
//   <select data-autosubmit>                 sends its form; <button data-without-script> in the form is hidden
//   <button data-copy="text" data-copied="…">   or data-copy-from="id"      <button data-print>
//   <table class="matrix">                   one tab stop and arrows over td > a, or td[tabindex] with data-href
//   <input data-picker-url data-picker-target="id of the hidden input" [data-picker-name] [data-picker-none]>
(function () {
  "use strict";
  const typing = (element) => element.closest("input, textarea, select, [contenteditable], [role=combobox]");
  const plain = (event) => !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
  const text = (element, name) => element.dataset[name] || document.body.dataset[name] || "";

  // ---- keys of every page -------------------------------------------------------------------
  let gone = 0;                                      // when g was pressed
  function pageKeys(event) {
    if (!plain(event) || typing(event.target) || document.querySelector("dialog[open]")) return;
    const room = event.timeStamp - gone < 1500 && document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    gone = 0;
    if (room) { event.preventDefault(); room.click(); return; }
    if (event.key === "g") gone = event.timeStamp;
    if (event.key === "/") focusOn(event, document.querySelector("[data-search]"));
    if (event.key === "?") {
      const shortcuts = document.querySelector("dialog[data-shortcuts]");
      if (shortcuts) { event.preventDefault(); shortcuts.showModal(); }
    }
  }
  function focusOn(event, input) {
    if (!input) return;
    event.preventDefault();
    input.focus();
    input.select();
  }

  // ---- matrix -------------------------------------------------------------------------------
  const stop = (cell) => cell.querySelector("a[href]") || (cell.hasAttribute("tabindex") ? cell : null);
  const rowsOf = (matrix) => [...matrix.tBodies].flatMap((body) => [...body.rows])
    .map((row) => [...row.querySelectorAll("td")].map(stop).filter(Boolean)).filter((row) => row.length);

  function matrixStart(matrix) {                     // one tab stop: the current cell, else the first
    const all = rowsOf(matrix).flat();
    const first = all.find((item) => item.closest("[aria-current], [aria-selected=true], .sel")) || all[0];
    all.forEach((item) => { item.tabIndex = item === first ? 0 : -1; });
  }
  function matrixKeys(event) {
    const matrix = event.target.closest("table.matrix");
    if (!matrix || event.shiftKey || event.metaKey || event.altKey) return;
    const here = stop(event.target.closest("td") || matrix);
    if (!here) return;
    if (event.key === "Enter" && here.dataset.href) { event.preventDefault(); location.assign(here.dataset.href); return; }
    const rows = rowsOf(matrix), at = rows.findIndex((row) => row.includes(here));
    if (at < 0) return;
    const column = rows[at].indexOf(here), last = rows[at].length - 1;
    const next = {
      ArrowRight: () => rows[at][column + 1], ArrowLeft: () => rows[at][column - 1],
      ArrowDown: () => rows[at + 1] && rows[at + 1][Math.min(column, rows[at + 1].length - 1)],
      ArrowUp: () => rows[at - 1] && rows[at - 1][Math.min(column, rows[at - 1].length - 1)],
      Home: () => (event.ctrlKey ? rows[0] : rows[at])[0],
      End: () => (event.ctrlKey ? rows[rows.length - 1].slice(-1)[0] : rows[at][last]),
    }[event.key];
    if (!next) return;
    event.preventDefault();                          // also at the edge: an arrow must not scroll the page away
    const item = next();
    if (!item) return;
    rows.flat().forEach((other) => { other.tabIndex = -1; });
    item.tabIndex = 0;
    item.focus();
  }
  function matrixMark() {                            // the cell in the address is the one open beside the matrix
    const open = new URLSearchParams(location.search).get("cell");
    document.querySelectorAll("table.matrix").forEach((matrix) => {
      matrix.querySelectorAll(".x, .sel").forEach((part) => part.classList.remove("x", "sel"));
      const here = open && rowsOf(matrix).flat().find((item) => item.href && new URL(item.href).searchParams.get("cell") === open);
      const cell = here && here.closest("td");
      if (!cell) return;
      cell.classList.add("sel");
      [...cell.parentElement.cells, ...[...matrix.rows].map((row) => row.cells[cell.cellIndex])].forEach((part) => part.classList.add("x"));
    });
  }
  function matrixClick(event) {
    const cell = event.target.closest("table.matrix td[data-href]");
    if (cell && !event.target.closest("a")) location.assign(cell.dataset.href);
  }

  // ---- small behaviours ---------------------------------------------------------------------
  let serial = 0;
  function reachable(box) {                          // what scrolls must be reachable by Tab, and have a name
    const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
    if (!scrolls) {
      if (box.dataset.reachable !== undefined) ["tabindex", "role", "aria-label", "aria-labelledby", "data-reachable"].forEach((name) => box.removeAttribute(name));
      return;
    }
    if (box.hasAttribute("tabindex")) return;
    box.tabIndex = 0;
    box.dataset.reachable = "";
    const part = box.closest("section, figure, dialog, .sheet");
    const title = box.querySelector("caption") || (part && part.querySelector("h1, h2, h3, figcaption"));
    const name = text(box, "scrollLabel");
    if (!title && !name) return;
    box.setAttribute("role", "group");               // not region: the section around it may be one of the same name
    if (title) { title.id = title.id || `part-${++serial}`; box.setAttribute("aria-labelledby", title.id); }
    else box.setAttribute("aria-label", name);
  }
  const reachAll = () => document.querySelectorAll(".xscroll, .flush, .scroll, .matrix-wrap, .paper").forEach(reachable);

  async function copy(button) {
    const from = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
    const words = from ? (from.value === undefined ? from.textContent : from.value).trim() : button.dataset.copy;
    try {
      await navigator.clipboard.writeText(words);
    } catch {                                        // plain http inside a hospital: there is no clipboard object
      const area = document.createElement("textarea");
      area.className = "sr";
      area.value = words;
      (button.closest("dialog") || document.body).append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    if (!button.dataset.copied) return;
    const label = button.querySelector("[data-label]") || button, before = label.textContent;
    if (before === button.dataset.copied) return;
    label.setAttribute("aria-live", "polite");
    label.textContent = button.dataset.copied;
    setTimeout(() => { label.textContent = before; }, 2000);
  }

  // Arrows inside a closed list change it at every press: by keyboard the form goes out on Enter or on leaving.
  let byKeyboard = false;
  const send = (field) => { field.dataset.sent = ""; field.form.requestSubmit(); };
  function autosubmit(event) {
    const field = event.target.closest && event.target.closest("[data-autosubmit]");
    if (!field || !field.form || field.dataset.sent !== undefined) return;
    if (event.type === "change") { if (byKeyboard && field.matches("select")) field.dataset.changed = ""; else send(field); }
    else if (field.dataset.changed !== undefined && (event.type === "focusout" || event.key === "Enter")) { event.preventDefault(); send(field); }
  }

  function clicks(event) {
    const on = (selector) => event.target.closest(selector);
    const opener = on("[data-open-dialog]"), copier = on("[data-copy], [data-copy-from]");
    if (opener) { event.preventDefault(); document.getElementById(opener.dataset.openDialog).showModal(); }
    if (copier) copy(copier);
    if (on("[data-print]")) window.print();
    closeOthers(event);
    matrixClick(event);
  }

  // Help stays open while its field is being filled, and goes when one goes on to another.
  const ground = (open) => open.closest("form.filters, .field") || open;
  function closeOthers(event) {
    document.querySelectorAll("details.menu[open]").forEach((open) => { if (event.type === "click" && !open.contains(event.target)) open.open = false; });
    document.querySelectorAll("details.help[open]").forEach((open) => { if (!ground(open).contains(event.target)) open.open = false; });
  }
  function showWhole(event) {
    if (event.target.open && event.target.matches("details.help")) event.target.querySelector(":scope > div").scrollIntoView({ block: "nearest" });
  }
  function escape(event) {
    if (event.key !== "Escape") return;
    const open = event.target.closest("details.help[open], details.menu[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
    else document.querySelectorAll("details.help[open]").forEach((each) => { if (ground(each).contains(event.target)) each.open = false; });
  }

  // ---- picker: a combobox over a text field -------------------------------------------------
  const KEPT = 8;
  const narrow = (words) => words.normalize("NFKC").trim().toLowerCase();   // full-width letters and digits are ordinary input

  function recentOf(input) {
    const user = () => document.documentElement.dataset.user;   // ward computers are shared: never one person's choices to another
    const key = () => `picker:${user()}:${input.dataset.pickerName || input.name}`;
    const read = () => { try { return user() ? JSON.parse(localStorage.getItem(key()) || "[]") : []; } catch { return []; } };
    const add = (item) => {
      if (!user()) return;
      const list = [item, ...read().filter((other) => String(other.id) !== String(item.id))].slice(0, KEPT);
      try { localStorage.setItem(key(), JSON.stringify(list)); } catch { /* storage is off or full */ }
    };
    return { read, add };
  }

  function marked(words, query) {                    // one run if there is one, else the letters in order
    const box = document.createElement("span"), low = words.toLowerCase();
    const mark = (from, to) => { const part = document.createElement("mark"); part.textContent = words.slice(from, to); box.append(part); };
    const at = query ? low.indexOf(query) : -1;
    if (at >= 0 && low.length === words.length) {
      box.append(words.slice(0, at)); mark(at, at + query.length); box.append(words.slice(at + query.length));
      return box;
    }
    const wanted = [...query.replace(/\s+/g, "")], hits = new Set();
    let from = 0;
    for (const letter of wanted) { const found = low.indexOf(letter, from); if (found < 0) break; hits.add(found); from = found + letter.length; }
    if (!wanted.length || hits.size < wanted.length) { box.textContent = words; return box; }
    for (let i = 0; i < words.length;) {
      const length = String.fromCodePoint(words.codePointAt(i)).length;
      if (hits.has(i)) mark(i, i + length); else box.append(words.slice(i, i + length));
      i += length;
    }
    return box;
  }

  function picker(input) {
    if (input.dataset.pickerReady !== undefined) return;
    input.dataset.pickerReady = "";
    const target = document.getElementById(input.dataset.pickerTarget), recent = recentOf(input);
    const list = document.createElement("ul"), status = document.createElement("span"), box = document.createElement("div");
    let items = [], active = -1, timer = 0, request = null, composing = false;
    const id = input.id || `picker-${++serial}`;
    box.className = "picker-box";
    list.className = "picker picker-pop";
    list.id = `${id}-list`;
    list.hidden = true;
    list.setAttribute("role", "listbox");
    const label = input.labels && input.labels[0];
    if (label) { label.id = label.id || `${id}-label`; list.setAttribute("aria-labelledby", label.id); }
    else list.setAttribute("aria-label", input.getAttribute("aria-label") || input.placeholder);
    status.className = "sr";
    status.setAttribute("role", "status");
    input.replaceWith(box);
    box.append(input, list, status);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off", spellcheck: "false" })) input.setAttribute(name, value);

    const isOpen = () => !list.hidden;
    function close() {
      clearTimeout(timer);
      if (request) request.abort();
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }
    function activate(at) {
      active = at;
      [...list.children].forEach((row, i) => row.setAttribute("aria-selected", String(i === at)));
      if (at < 0) { input.removeAttribute("aria-activedescendant"); return; }
      input.setAttribute("aria-activedescendant", list.children[at].id);
      list.children[at].scrollIntoView({ block: "nearest" });
    }
    function show(found, query) {
      const before = recent.read().map((item) => String(item.id));
      const rank = (item) => { const at = before.indexOf(String(item.id)); return at < 0 ? before.length : at; };
      items = found.map((item, i) => [rank(item), i, item]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((entry) => entry[2]);
      list.replaceChildren(...items.map((item, i) => {
        const row = document.createElement("li"), note = document.createElement("span");
        row.id = `${list.id}-${i}`;
        row.setAttribute("role", "option");
        note.textContent = item.note || "";
        row.append(marked(item.code || "", query), marked(item.name, query), note);
        return row;
      }));
      say(items.length ? text(input, "pickerFound").replace("{n}", items.length) : text(input, "pickerNone"), !items.length);
      list.hidden = !items.length;
      input.setAttribute("aria-expanded", String(isOpen()));
      activate(query && items.length ? 0 : -1);      // after typing, Enter takes the first
    }
    function say(words, aloud) {                     // an empty or failed answer is shown to everybody, a count only read out
      status.textContent = words;
      status.className = aloud && words ? "hint" : "sr";
    }
    async function ask() {
      const query = narrow(input.value);
      if (request) request.abort();
      request = new AbortController();
      const mine = request, address = new URL(input.dataset.pickerUrl, location.href);
      address.searchParams.set("q", query);
      try {
        const answer = await fetch(address, { headers: { Accept: "application/json" }, signal: mine.signal });
        if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
        const found = (await answer.json()).results;
        if (mine === request && document.activeElement === input) {
          const known = query ? [] : recent.read().filter((item) => !found.some((other) => String(other.id) === String(item.id)));
          show([...known, ...found], query);
        }
      } catch (problem) {
        if (problem.name !== "AbortError" && mine === request) { close(); say(text(input, "pickerError"), true); }
      }
    }
    function choose(at) {
      const item = items[at];
      input.value = item.name;
      recent.add({ id: item.id, code: item.code, name: item.name, note: item.note });
      close();
      say("", false);
      if (!target) return;
      target.value = item.id;
      target.dispatchEvent(new Event("change", { bubbles: true }));
    }
    function search() {
      if (target) target.value = "";                 // what is typed is no longer what was chosen
      clearTimeout(timer);
      timer = setTimeout(ask, 120);
    }

    input.addEventListener("compositionstart", () => { composing = true; });
    input.addEventListener("compositionend", () => { composing = false; search(); });
    input.addEventListener("input", () => { if (!composing) search(); });
    input.addEventListener("click", () => { if (!isOpen() && !input.value) ask(); });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || event.keyCode === 229) return;   // 229: the key belongs to the input method
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (!isOpen()) { ask(); return; }
        const step = event.key === "ArrowDown" ? 1 : -1;
        activate(active < 0 && step < 0 ? items.length - 1 : (active + step + items.length) % items.length);
      } else if (event.key === "Enter" && isOpen() && active >= 0) {
        event.preventDefault();
        choose(active);
      } else if (event.key === "Escape" && isOpen()) {
        event.preventDefault();
        event.stopPropagation();
        close();
      }
    });
    list.addEventListener("mousedown", (event) => event.preventDefault());   // keeps the focus in the field
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) choose([...list.children].indexOf(row));
    });
  }

  // ---- start --------------------------------------------------------------------------------
  function enhance(part) {                           // the page, and each part that htmx puts into it
    part.querySelectorAll("table.matrix").forEach(matrixStart);
    part.querySelectorAll("[data-picker-url]").forEach(picker);
    part.querySelectorAll("[data-without-script]").forEach((button) => { button.hidden = true; });
    reachAll();
  }
  document.addEventListener("keydown", (event) => { byKeyboard = true; autosubmit(event); matrixKeys(event); escape(event); if (!event.defaultPrevented) pageKeys(event); });
  document.addEventListener("pointerdown", () => { byKeyboard = false; });
  document.addEventListener("change", autosubmit);
  document.addEventListener("focusout", autosubmit);
  document.addEventListener("focusin", closeOthers);
  document.addEventListener("click", clicks);
  window.addEventListener("pageshow", () => {        // back from the next page: the form may be sent again
    document.querySelectorAll("[data-sent], [data-changed]").forEach((field) => { delete field.dataset.sent; delete field.dataset.changed; });
  });
  window.addEventListener("resize", reachAll);
  window.addEventListener("load", reachAll);           // style sheet and fonts move widths after the first look
  document.fonts.ready.then(reachAll);
  document.addEventListener("toggle", reachAll, true);
  document.addEventListener("toggle", showWhole, true);
  document.addEventListener("htmx:pushedIntoHistory", matrixMark);
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body && event.detail.elt.parentElement) enhance(event.detail.elt.parentElement); });
  enhance(document);
})();
