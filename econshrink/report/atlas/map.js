// The map: drawn once, coloured again whenever the choice changes.
const M = { node: null, paths: [], over: null };
const box0 = () => D.map.boxes[0];
function box() {
  const held = state.box.split(',').map(Number);
  return held.length === 4 && held.every(Number.isFinite) && held[2] > 0 ? held : box0();
}
function drawMap() {
  const paths = ALL.map(i => (D.map.paths[i] ? s('path', { d: D.map.paths[i], 'data-i': i }) : null));
  const others = D.map.others.map(([d, en, zh]) => s('path', { d, class: 'none', fill: 'var(--none)' }, s('title', {}, `${en} ${zh}`)));
  const over = s('g', { id: 'over', fill: 'none', 'pointer-events': 'none' });
  const all = s('g', { id: 'units', stroke: 'var(--paper)', 'stroke-width': 3 }, others, paths);
  const insets = D.map.boxes.slice(1).map(b => {
    const [x, y, w, hh] = box0(), high = hh * 0.22, wide = high * b[2] / b[3];
    const at = { x: x + w - wide - 8, y: y + hh - high - 8, width: wide, height: high };
    return s('g', {}, s('rect', { ...at, fill: 'var(--paper)', stroke: 'var(--soft)', 'stroke-width': 6 }),
      s('svg', { ...at, viewBox: b.join(' '), preserveAspectRatio: 'xMidYMid slice' }, s('use', { href: '#units' })));
  });
  const node = s('svg', { id: 'map', viewBox: box0().join(' '), tabindex: 0, role: 'application', 'aria-describedby': 'maphelp', 'font-family': 'sans-serif' }, all, insets, over);
  node.addEventListener('click', e => { const i = hit(e); if (i !== null && !M.moved) go({ c: D.units.id[i] }); });
  node.addEventListener('dblclick', e => { const i = hit(e); if (i !== null) go({ v: 'city', c: D.units.id[i] }); });
  node.addEventListener('pointermove', hover);
  node.addEventListener('pointerleave', () => { document.getElementById('tip').hidden = true; });
  node.addEventListener('keydown', mapKey);
  node.addEventListener('pointerdown', e => { M.from = [e.clientX, e.clientY, box()]; M.moved = false; });
  node.addEventListener('pointerup', () => { if (M.moved) go({ box: M.now.map(Math.round).join() }, true); M.from = null; });
  Object.assign(M, { node, paths, over, insets });
}
const hit = e => (e.target.dataset && e.target.dataset.i !== undefined ? +e.target.dataset.i : null);
function hover(e) {
  if (M.from && e.buttons && state.box) {
    const scale = M.from[2][2] / M.node.clientWidth, dx = (M.from[0] - e.clientX) * scale, dy = (M.from[1] - e.clientY) * scale;
    if (Math.abs(dx) + Math.abs(dy) > 4 * scale) M.moved = true;
    M.now = [M.from[2][0] + dx, M.from[2][1] + dy, M.from[2][2], M.from[2][3]];
    M.node.setAttribute('viewBox', M.now.join(' '));
    return;
  }
  const i = hit(e), tip = document.getElementById('tip'), l = layer();
  tip.hidden = i === null;
  if (i === null) return;
  tip.textContent = `${name(i)} ${other(i)}: ${printed(l.value(i), l.form)}`;
  tip.style.left = Math.min(e.clientX + 14, innerWidth - 240) + 'px';
  tip.style.top = e.clientY + 14 + 'px';
}
function mapKey(e) {
  const turn = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
  const i = unit(state.c);
  if (turn) {
    e.preventDefault();
    const from = i < 0 ? [box0()[0] + box0()[2] / 2, box0()[1] + box0()[3] / 2] : D.map.points[i];
    let best = null, least = Infinity;
    for (const j of ALL) {
      const p = D.map.points[j];
      if (!p || j === i) continue;
      const dx = p[0] - from[0], dy = p[1] - from[1], on = dx * turn[0] + dy * turn[1], off = Math.abs(dx * turn[1]) + Math.abs(dy * turn[0]);
      if (i >= 0 && on <= 0) continue;
      const far = i < 0 ? Math.abs(dx) + Math.abs(dy) : on + 2 * off;
      if (far < least) { least = far; best = j; }
    }
    if (best !== null) go({ c: D.units.id[best] }, true);
  } else if (e.key === 'Enter' && i >= 0) go({ v: 'city' });
  else if (e.key === '+' || e.key === '=') zoom(0.5);
  else if (e.key === '-') zoom(2);
  else if (e.key === 'Escape') go({ box: '' }, true);
}
function zoom(factor) {
  const [x, y, w, hh] = box(), wide = w * factor, high = hh * factor, i = unit(state.c);
  if (wide >= box0()[2]) { go({ box: '' }, true); return; }
  const mid = i >= 0 && D.map.points[i] ? D.map.points[i] : [x + w / 2, y + hh / 2];
  go({ box: [mid[0] - wide / 2, mid[1] - high / 2, wide, high].map(Math.round).join() }, true);
}
function paintMap(l, kept) {
  const inside = new Set(kept), all = kept.length === N, b = box();
  M.node.setAttribute('viewBox', b.join(' '));
  M.node.setAttribute('aria-label', `${T('map')}: ${l.title}`);
  M.node.dataset.title = [l.title, l.detail].filter(Boolean).join(' · ');
  M.node.dataset.marks = l.mark ? T('mark_' + l.mark) : '';
  M.insets.forEach(g => g.setAttribute('visibility', state.box ? 'hidden' : 'visible'));
  M.paths.forEach((path, i) => {
    if (!path) return;
    path.setAttribute('fill', colour(l.scale, l.group(i)));
    path.setAttribute('opacity', all || inside.has(i) ? 1 : 0.25);
  });
  const i = unit(state.c);
  M.over.replaceChildren(...(i >= 0 && D.map.paths[i] ? [['var(--paper)', 5], ['var(--ink)', 2.5]].map(([stroke, w]) =>
    s('path', { d: D.map.paths[i], stroke, 'stroke-width': w, 'vector-effect': 'non-scaling-stroke' })) : []));
}
function classes(l, kept) { // colour, name and number of units of every class
  const groups = kept.map(i => l.group(i)), names = [...l.scale.names.map((n, g) => [g, tx(n)]), [-1, T('no_figure')]];
  return names.map(([g, text]) => [colour(l.scale, g), text, groups.filter(x => x === g).length]);
}
function legend(l, kept) {
  const row = ([fill, text, count]) => h('li', {}, s('svg', { viewBox: '0 0 18 12', width: 18, height: 12, 'aria-hidden': 'true' },
    s('rect', { width: 18, height: 12, fill, stroke: 'var(--soft)' })), h('span', {}, text), h('b', {}, count));
  return h('ul', { class: 'legend', 'aria-label': T('legend') }, classes(l, kept).map(row));
}
function mapPage() {
  const l = layer(), kept = chosen(), i = unit(state.c);
  if (!M.node) drawMap();
  paintMap(l, kept);
  const card = i < 0 ? h('p', { class: 'note' }, T('pick')) : h('div', { class: 'card' },
    h('h3', {}, name(i), ' ', h('small', {}, other(i))), factTable([i], headline()),
    h('p', { class: 'tools' }, h('a', { class: 'button', href: address({ v: 'city' }) }, T('open_city')),
      h('a', { class: 'button', href: address({ v: 'compare', d: state.c === state.d ? '' : state.d }) }, T('open_compare'))));
  return h('section', { class: 'split' },
    h('div', { class: 'mapbox' },
      h('h2', {}, l.title, ' ', badge(l.mark)), h('p', { class: 'sub' }, l.detail), M.node,
      h('p', { id: 'maphelp', class: 'note' }, T('map_help'), ' ', D.map.without.length ? T('without', D.map.without.map(name).join(lang() ? '、' : ', ')) : ''),
      h('p', { class: 'tools' },
        h('button', { type: 'button', onclick: () => zoom(0.5), 'aria-label': T('zoom_in') }, '+'),
        h('button', { type: 'button', onclick: () => zoom(2), 'aria-label': T('zoom_out') }, '−'),
        h('button', { type: 'button', onclick: () => go({ box: '' }, true) }, T('whole')),
        h('button', { type: 'button', id: 'mapcsv', onclick: () => saveTable() }, 'CSV'),
        h('button', { type: 'button', id: 'mapsvg', onclick: () => saveSvg(M.node, 'map', classes(l, kept)) }, 'SVG'))),
    h('aside', {}, h('p', { class: l.form === 'label' ? 'count' : 'note', role: 'status' }, l.note), legend(l, kept),
      h('div', { id: 'card', 'aria-live': 'polite' }, card), h('p', { class: 'note' }, T('aid'))));
}
