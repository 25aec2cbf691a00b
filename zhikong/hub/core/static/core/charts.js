// Charts, each drawn from the table in the same figure: the table is the only source, so the two cannot disagree.
// Loaded with `defer` after vendor/echarts.custom.min.js, only on pages with a chart. No word stands here.
//
//   <figure class="fig" data-chart="bars" data-unit="个" [data-goal="54" data-goal-text="应设 54"]>
//     <div class="plot" role="img" aria-label="the finding in one sentence"></div>
//     <table data-role="points"><thead><tr><th data-col="name"><th data-col="value"> … <tr data-chosen> <tr data-warned>
//   bars    horizontal ranking in the table's order: columns name, value
//   steps   a count over time: columns date (2026-03-31), value, and note, said at marked rows (<tr data-warned>)
(function () {
  "use strict";
  const root = document.documentElement;
  const token = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();
  const number = (words) => {
    const found = (words || "").normalize("NFKC").replace(/[,\s]/g, "").match(/[-+−]?\d+(\.\d+)?/);
    return found ? Number(found[0].replace("−", "-")) : null;
  };

  function read(table) {
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells].map((head) => head.dataset.col);
    return [...table.tBodies[0].rows].map((row) => {
      const record = { chosen: row.dataset.chosen !== undefined, warned: row.dataset.warned !== undefined };
      heads.forEach((column, i) => { if (column) record[column] = row.cells[i].textContent.trim(); });
      return record;
    });
  }

  // Text sizes follow the page: a wall display sets a larger root size.
  const look = () => {
    const size = 12 * parseFloat(getComputedStyle(root).fontSize) / 16;
    return { size, words: { color: token("ink-2"), fontSize: size, fontFamily: token("font") } };
  };
  const axis = ({ words }) => ({
    axisLabel: { ...words }, axisLine: { lineStyle: { color: token("line-2") } }, axisTick: { show: false },
    splitLine: { lineStyle: { color: token("c-grid") } }, nameTextStyle: { ...words },
  });
  const frame = ({ words, size }, more) => ({
    animation: false, textStyle: words,
    // HTML tooltips would write style attributes, which the content security policy refuses.
    tooltip: { trigger: "item", renderMode: "richText", confine: true, backgroundColor: token("surface"), borderColor: token("line-2"), textStyle: { color: token("ink"), fontSize: size } },
    ...more,
  });
  const goal = (figure, { words }, where) => {
    const at = number(figure.dataset.goal);
    return at === null ? undefined : {
      symbol: "none", silent: true, lineStyle: { color: token("accent"), type: [8, 4], width: 1.5 },
      label: { ...words, color: token("accent"), formatter: figure.dataset.goalText || String(at),
        position: where === "xAxis" ? "start" : "insideEndTop" },   // the category axis is turned round: its start is on top
      data: [{ [where]: at }],
    };
  };
  const reach = (figure) => (range) => Math.max(range.max, number(figure.dataset.goal) || 0);

  const kinds = {
    bars(figure, rows, plot) {
      const style = look(), row = Math.round(style.size * 1.85), head = figure.dataset.goal ? row : 8;
      plot.style.height = `${rows.length * row + head + 8}px`;
      const colour = (r) => token(r.warned ? "c-signal" : r.chosen ? "accent" : "c-soft");
      return frame(style, {
        grid: { left: 4, right: 52, top: head, bottom: 4, containLabel: true },
        xAxis: { ...axis(style), type: "value", min: 0, max: reach(figure), show: false },
        yAxis: { ...axis(style), type: "category", inverse: true, data: rows.map((r) => r.name), axisLine: { show: false },
          axisLabel: { ...style.words, interval: 0, color: (name, i) => token(rows[i].chosen || rows[i].warned ? "ink" : "ink-2") } },
        series: [{
          type: "bar", barWidth: "62%", cursor: "default", z: 6,   // over the goal line, so that it strikes out no figure
          data: rows.map((r) => ({ value: number(r.value), itemStyle: { color: colour(r), borderRadius: [0, 2, 2, 0] },
            label: { fontWeight: r.chosen || r.warned ? 700 : 400, color: token(r.warned ? "c-signal" : r.chosen ? "accent" : "ink-2") } })),
          label: { show: true, position: "right", distance: 6, textBorderColor: token("surface"), textBorderWidth: 4, fontSize: style.size, fontFamily: token("font"), formatter: (p) => rows[p.dataIndex].value },
          tooltip: { formatter: (p) => `${rows[p.dataIndex].name}\n${rows[p.dataIndex].value}${figure.dataset.unit || ""}` },
          markLine: goal(figure, style, "xAxis"),
        }],
      });
    },

    steps(figure, rows) {
      const style = look(), last = rows[rows.length - 1];
      return frame(style, {
        grid: { left: 8, right: 52, top: 30, bottom: 8, containLabel: true },
        xAxis: { ...axis(style), type: "time", splitLine: { show: false },
          axisLabel: { ...style.words, hideOverlap: true, formatter: { year: "{yyyy}", month: "{yyyy}-{MM}", day: "{MM}-{dd}" } } },
        yAxis: { ...axis(style), type: "value", minInterval: 1, min: 0, max: reach(figure), name: figure.dataset.unit || "", nameGap: 12,
          nameTextStyle: { ...style.words, align: "right" } },
        series: [{
          type: "line", step: "end", cursor: "default", showSymbol: true, showAllSymbol: true,
          lineStyle: { color: token("accent"), width: 2 },
          data: rows.map((r) => ({ value: [r.date, number(r.value)], symbol: r.warned ? "diamond" : "circle", symbolSize: r.warned ? 11 : 5,
            itemStyle: { color: token(r.warned ? "c-signal" : "accent") },
            label: { show: r.warned && Boolean(r.note), position: "top", formatter: r.note, color: token("ink"), fontSize: style.size } })),
          endLabel: { show: true, formatter: last ? last.value : "", color: token("accent"), fontWeight: 700, fontSize: style.size, distance: 8 },
          tooltip: { formatter: (p) => { const r = rows[p.dataIndex]; return [r.date, r.value + (figure.dataset.unit || ""), r.note].filter(Boolean).join("\n"); } },
          markLine: goal(figure, style, "yAxis"),
        }],
      });
    },
  };

  const sizes = new ResizeObserver((entries) => entries.forEach((entry) => {
    const chart = window.echarts.getInstanceByDom(entry.target);
    if (chart) chart.resize();
  }));
  function draw(figure) {
    const plot = figure.querySelector(".plot"), rows = read(figure.querySelector("table[data-role=points]"));
    const old = window.echarts.getInstanceByDom(plot);
    if (old) old.dispose();
    plot.hidden = !rows.length;                      // an empty table says itself why it is empty
    if (!rows.length) return;
    const option = kinds[figure.dataset.chart](figure, rows, plot);
    const chart = window.echarts.init(plot, null, { renderer: "svg" });
    chart.setOption(option);
    const svg = plot.querySelector("svg");           // the figure's label speaks for it
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("focusable", "false");
    sizes.observe(plot);
  }
  const drawAll = (part) => { if (window.echarts) part.querySelectorAll("figure[data-chart]").forEach(draw); };

  document.addEventListener("themechange", () => drawAll(document));
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) drawAll(event.detail.elt); });
  drawAll(document);
})();
