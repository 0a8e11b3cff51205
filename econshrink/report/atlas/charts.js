// Lines with bands, bars, and the table of figures behind each; positions only, no statistics.
const PEN = ['var(--c0)', 'var(--c1)', 'var(--c2)', 'var(--c3)'];
const STATUS = { i: 'interpolated', r: 'rebased', w: 'wrong_concept', v: 'revised', e: 'estimated', s: 'suspect' };

// Places of a legend's entries, one after the other, in rows of a given width.
const breadth = text => [...text].reduce((sum, sign) => sum + (sign > '\u2e80' ? 12.5 : 6.6), 0);
function flow(texts, wide) {
  let x = 0, row = 0;
  return texts.map(text => {
    const size = 40 + breadth(text);
    if (x && x + size > wide) { x = 0; row += 1; }
    x += size;
    return [x - size, row];
  });
}

function lineChart(o) {
  const narrow = innerWidth < 600, W = narrow ? 360 : 540, told = o.lines.filter(l => !l.quiet), left = 58, right = 18, bottom = 26;
  const places = flow([...o.bands, ...told].map(one => one.told || one.name), W - left);
  const top = 12 + 17 * (places.length ? places[places.length - 1][1] + 1 : 0);
  const H = top + bottom + (narrow ? 190 : 210);
  const [first, last] = o.span, [low, high, step] = o.axis;
  const X = y => left + (W - left - right) * (last === first ? 0.5 : (y - first) / (last - first));
  const Y = v => H - bottom - (H - top - bottom) * ((v - low) / (high - low));
  const node = s('svg', { viewBox: `0 0 ${W} ${H}`, role: 'img', 'aria-label': o.title, class: 'chart', 'data-title': o.title, 'font-family': 'sans-serif', 'font-size': 12 });
  for (let k = 0, v = low; v <= high + step / 2 && k < 9; k += 1, v = low + k * step) {
    node.append(s('line', { x1: left, x2: W - right, y1: Y(v), y2: Y(v), stroke: 'var(--line)' }),
      s('text', { x: left - 6, y: Y(v) + 4, 'text-anchor': 'end', fill: 'var(--soft)' }, show(v, o.form === 'index' ? 'number' : 'short')));
  }
  const every = last - first > 24 ? 10 : last - first > 8 ? 5 : 1;
  for (let y = first; y <= last; y += 1) {
    if (y % every === 0) node.append(s('text', { x: X(y), y: H - 8, 'text-anchor': 'middle', fill: 'var(--soft)' }, y));
  }
  const entry = (k, mark, text) => {
    const x = left + places[k][0], y = 12 + 17 * places[k][1];
    node.append(mark(x, y), s('text', { x: x + 24, y: y + 4, fill: 'var(--ink)' }, text));
  };
  o.bands.forEach((b, k) => {
    const points = [...b.years.map((y, j) => [X(y), Y(b.low[j])]), ...b.years.map((y, j) => [X(y), Y(b.high[j])]).reverse()];
    node.append(s('polygon', { points: points.map(p => p.map(c => c.toFixed(1)).join()).join(' '), fill: b.pen, opacity: b.opacity }));
    entry(k, (x, y) => s('rect', { x, y: y - 5, width: 18, height: 10, fill: b.pen, opacity: 1 - (1 - b.opacity) ** (k + 1) }), b.name);
  });
  o.lines.forEach(l => {
    let path = '', open = false;
    l.years.forEach((y, j) => {
      if (l.v[j] === null) { open = false; return; }
      path += `${open ? 'L' : 'M'}${X(y).toFixed(1)} ${Y(l.v[j]).toFixed(1)}`;
      open = true;
      const flag = l.s && STATUS[l.s[j]], alone = (j === 0 || l.v[j - 1] === null) && (j === l.v.length - 1 || l.v[j + 1] === null);
      if (flag || l.points || alone) {
        node.append(s('circle', { cx: X(y), cy: Y(l.v[j]), r: l.points ? 4 : 3, fill: flag ? 'var(--paper)' : l.pen, stroke: l.pen },
          s('title', {}, `${y}: ${show(l.v[j], o.form)}${flag ? ' · ' + T('s_' + flag) : ''}`)));
      }
    });
    if (!l.points) node.append(s('path', { d: path, fill: 'none', stroke: l.pen, 'stroke-width': l.thin ? 1.2 : 2, 'stroke-dasharray': l.dash || null }));
    if (!l.quiet) entry(o.bands.length + told.indexOf(l), (x, y) => (l.points
      ? s('circle', { cx: x + 9, cy: y, r: 4, fill: l.pen })
      : s('line', { x1: x, x2: x + 18, y1: y, y2: y, stroke: l.pen, 'stroke-width': 2, 'stroke-dasharray': l.dash || null })), l.told || l.name);
  });
  return framed(node, o, o.lines.concat(o.bands.flatMap(b => [
    { name: b.name + ' ↓', years: b.years, v: b.low, mark: b.mark }, { name: b.name + ' ↑', years: b.years, v: b.high, mark: b.mark }])));
}

// A chart with its heading, its marks, its note, its figures as a table, and its downloads.
function framed(node, o, lines) {
  const years = [...new Set(lines.flatMap(l => l.years))].sort((a, b) => a - b);
  const at = (l, y) => { const k = l.years.indexOf(y); return k < 0 ? null : l.v[k]; };
  const flag = (l, y) => { const k = l.years.indexOf(y); return l.s && k >= 0 && STATUS[l.s[k]] ? ' ' + T('s_' + STATUS[l.s[k]]) : ''; };
  node.dataset.marks = (o.marks || []).filter(Boolean).map(mark => T('mark_' + mark)).join(' · ');
  const rows = () => [[T('year'), ...lines.map(l => l.name + (l.mark ? ` (${T('mark_' + l.mark)})` : ''))], ...years.map(y => [y, ...lines.map(l => at(l, y))])];
  return h('figure', { class: o.wide ? 'wide' : null },
    h('figcaption', {}, o.title, ' ', (o.marks || []).map(badge)), node,
    o.note ? h('p', { class: 'note' }, o.note) : null,
    h('details', {}, h('summary', {}, T('figures')),
      h('p', { class: 'tools' },
        h('button', { type: 'button', onclick: () => save(csv(rows()), file(o.stem, 'csv'), 'text/csv') }, 'CSV'),
        h('button', { type: 'button', onclick: () => saveSvg(node, o.stem) }, 'SVG')),
      h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': o.title }, h('table', {},
        h('thead', {}, h('tr', {}, rows()[0].map(t => h('th', { scope: 'col' }, t)))),
        h('tbody', {}, years.map(y => h('tr', {}, h('th', { scope: 'row' }, y),
          lines.map(l => h('td', {}, show(at(l, y), o.form), flag(l, y))))))))));
}

// Bars to both sides of zero.
function barChart(title, names, values, form) {
  const W = 360, top = Math.max(...values.map(Math.abs)) || 1, rise = 26, mid = 215, side = 75;
  const node = s('svg', { viewBox: `0 0 ${W} ${rise * names.length + 6}`, role: 'img', class: 'chart bars', 'data-title': title,
    'aria-label': title + ': ' + names.map((n, k) => `${n} ${show(values[k], form)}`).join('; '), 'font-family': 'sans-serif', 'font-size': 12 });
  names.forEach((text, k) => {
    const y = rise * k + 6, size = side * Math.abs(values[k]) / top, left = values[k] < 0;
    node.append(s('text', { x: 0, y: y + 13, fill: 'var(--ink)' }, text),
      s('rect', { x: left ? mid - size : mid, y, width: Math.max(size, 0.5), height: 17, fill: left ? 'var(--c1)' : 'var(--c0)' }),
      s('text', { x: left ? mid + 4 : mid + size + 4, y: y + 13, fill: 'var(--soft)' }, show(values[k], form)));
  });
  node.append(s('line', { x1: mid, x2: mid, y1: 2, y2: rise * names.length + 2, stroke: 'var(--soft)' }));
  return node;
}

// Notes of lines; if they differ, each one says whose it is.
function notesOf(held) {
  const notes = [...new Set(held.map(y => tx(y.note)).filter(Boolean))];
  return notes.length < 2 ? notes : held.filter(y => tx(y.note)).map(y => `${tx(y.title)}${lang() ? '：' : ': '}${tx(y.note)}`);
}

// The lines of one chart of one unit, or null if there are none.
function chartOf(i, chart, title, form, stem, extra) {
  const axis = D.axes[chart] && D.axes[chart][i], held = D.yearly.filter(y => y.chart === chart && y.v[i]);
  if (!axis || !(held.length || extra)) return null;
  const lines = held.map((y, k) => ({ name: tx(y.title), years: y.years, v: y.v[i], s: y.s ? y.s[i] : null, pen: PEN[k % 4], mark: y.mark, points: y.key === 'census' || (chart === 'population' && y.years.length < 4), dash: k % 2 ? '5 3' : null }));
  const all = lines.flatMap(l => l.years.filter((_, j) => l.v[j] !== null)).concat(extra ? extra.years : []);
  const flagged = lines.some(l => l.s && /[^.]/.test(l.s));
  return lineChart({
    title, form, axis, span: [Math.min(...all), Math.max(...all)], stem, wide: chart === 'population',
    lines: lines.concat(extra ? extra.lines : []), bands: extra ? extra.bands : [], marks: [...new Set([...held.map(y => y.mark), ...(extra ? extra.marks : [])])],
    note: [...notesOf(held), flagged ? T('flag_note') : '', extra ? extra.note : ''].filter(Boolean).join(' '),
  });
}
