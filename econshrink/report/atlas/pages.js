// Scenarios, talent region, claims, calibration and method.
function sheet(one) {
  const rows = () => [one.columns.map(tx), ...one.rows.map(r => r.map(([form, v]) => (form === 'text' ? tx(v) : v)))];
  return h('figure', { class: 'sheet' }, h('figcaption', {}, tx(one.title), ' ', badge(one.mark)),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': tx(one.title) }, h('table', {},
      h('thead', {}, h('tr', {}, one.columns.map((c, k) => h('th', { scope: 'col', class: one.rows.length && one.rows[0][k][0] === 'text' ? 'text' : null }, tx(c))))),
      h('tbody', {}, one.rows.map(r => h('tr', {}, r.map(([form, v], k) =>
        h(k ? 'td' : 'th', { scope: k ? null : 'row', class: form === 'text' ? 'text' : null }, show(v, form)))))))),
    one.notes.map(n => h('p', { class: 'note' }, tx(n))),
    h('p', { class: 'tools' }, h('button', { type: 'button', onclick: () => save(csv(rows()), file([one.key, one.mark].filter(Boolean).join('_'), 'csv'), 'text/csv') }, 'CSV')));
}
// Observed frequency against stated probability; a dot on the diagonal is right.
function reliability(one) {
  const W = 330, at = v => 42 + 266 * v, up = v => 280 - 270 * v;
  const node = s('svg', { viewBox: `0 0 ${W} 320`, role: 'img', 'aria-label': tx(one.title), class: 'chart square', 'data-title': tx(one.title), 'font-family': 'sans-serif', 'font-size': 12 },
    [0, 0.25, 0.5, 0.75, 1].map(v => [s('line', { x1: at(0), x2: at(1), y1: up(v), y2: up(v), stroke: 'var(--line)' }),
      s('text', { x: 34, y: up(v) + 4, 'text-anchor': 'end', fill: 'var(--soft)' }, show(v, 'whole')),
      s('text', { x: at(v), y: 296, 'text-anchor': 'middle', fill: 'var(--soft)' }, show(v, 'whole'))]),
    s('line', { x1: at(0), y1: up(0), x2: at(1), y2: up(1), stroke: 'var(--soft)', 'stroke-dasharray': '4 3' }),
    s('text', { x: at(0) + 4, y: 10, fill: 'var(--ink)' }, tx(one.columns[1]) + ' ↑'),
    s('text', { x: at(0.5), y: 314, 'text-anchor': 'middle', fill: 'var(--ink)' }, tx(one.columns[0])),
    one.rows.map(r => [s('line', { x1: at(r[0][1]), x2: at(r[0][1]), y1: up(r[2][1]), y2: up(r[3][1]), stroke: 'var(--c0)', 'stroke-width': 2 }),
      s('circle', { cx: at(r[0][1]), cy: up(r[1][1]), r: 4, fill: 'var(--c0)' }, s('title', {}, `${show(r[0][1], 'share')}: ${show(r[1][1], 'share')}`))]));
  return node;
}
function flowMap(R) {
  if (!R.box) return null;
  const [x, y, w, hh] = R.box, node = s('svg', { id: 'flows', viewBox: R.box.join(' '), role: 'img', 'aria-label': tx(R.title), class: 'chart', 'data-title': tx(R.title), 'data-marks': R.mark ? T('mark_' + R.mark) : null, 'font-family': 'sans-serif' },
    s('defs', {}, s('marker', { id: 'head', viewBox: '0 0 10 10', refX: 9, refY: 5, markerWidth: 13, markerHeight: 13, markerUnits: 'userSpaceOnUse', orient: 'auto' }, s('path', { d: 'M0 1L10 5L0 9z', fill: 'var(--c0)' }))));
  for (const i of R.cities) if (D.map.paths[i]) node.append(s('path', { d: D.map.paths[i], fill: 'var(--panel)', stroke: 'var(--soft)', 'stroke-width': 1 }));
  const at = i => D.map.points[i];
  for (const [i, j, , share] of R.arrows) {
    if (share < 0.05) continue;
    const [a, b] = [at(i), at(j)], dx = b[0] - a[0], dy = b[1] - a[1], k = 0.18;
    const mid = [(a[0] + b[0]) / 2 - dy * k, (a[1] + b[1]) / 2 + dx * k];
    node.append(s('path', { d: `M${a.join(' ')}Q${mid.map(Math.round).join(' ')} ${b.join(' ')}`, fill: 'none', stroke: 'var(--c0)', 'stroke-width': Math.max(1, 14 * share), opacity: 0.6, 'marker-end': 'url(#head)' }));
  }
  R.cities.forEach((i, k) => {
    const [px, py] = at(i), kind = tx(R.kinds[k]);
    node.append(s('circle', { cx: px, cy: py, r: 7, fill: 'var(--c1)', stroke: 'var(--paper)', 'stroke-width': 2 }),
      s('text', { x: px, y: py + 19, 'text-anchor': 'middle', 'font-size': innerWidth < 600 ? 19 : 12, fill: 'var(--ink)', stroke: 'var(--paper)', 'stroke-width': 3, 'paint-order': 'stroke' }, kind && innerWidth >= 600 ? `${name(i)} (${kind})` : name(i)));
  });
  node.setAttribute('viewBox', [x - w * 0.08, y, w * 1.16, hh * 1.04].join(' '));
  return [node, h('p', { class: 'tools' }, h('button', { type: 'button', onclick: () => saveSvg(node, 'flows') }, 'SVG'))];
}
function talentPage() {
  const R = D.region;
  if (!R) return h('section', {}, h('p', {}, T('no_region')));
  return h('section', { class: 'text' }, h('h2', {}, tx(R.title), ' ', badge(R.mark)), h('p', {}, tx(R.note)),
    h('div', { class: 'pair' }, h('figure', {}, flowMap(R)),
      h('div', {}, R.lines.map(l => lineChart({
        title: tx(l.title), form: l.form, axis: l.axis, span: [l.years[0], l.years[l.years.length - 1]], stem: 'research', bands: [],
        lines: l.names.map((n, k) => ({ name: n.split('|')[lang()] || n, years: l.years, v: l.v[k], pen: PEN[k % 4] })) })))),
    R.sheets.map(sheet));
}
function scenariosPage() {
  const groups = [...new Set(D.futures.map(f => tx(f.group)))];
  const f = D.futures.filter(one => Object.keys(one.expected).length);
  return h('section', { class: 'text' }, h('h2', {}, T('scenarios')), h('p', {}, T('scenarios_note')),
    groups.map(group => h('section', { class: 'part' }, h('h3', {}, group),
      [...new Set(D.futures.filter(one => tx(one.group) === group).map(one => tx(one.common)))].filter(Boolean).map(t => h('p', {}, t)), h('dl', { class: 'assumed' }, D.futures.filter(one => tx(one.group) === group).map(one => [
      h('dt', {}, h('a', { href: D.map ? address({ v: 'map', layer: 'chance', sc: one.key }) : address({ v: 'table', sort: 'chance', sc: one.key }) }, tx(one.title)), ' ', badge(one.mark)),
      h('dd', {}, tx(one.note))])))),
    f.length ? h('figure', { class: 'sheet' }, h('figcaption', {}, T('expected', show(D.loss, 'whole'))), h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': T('expected', show(D.loss, 'whole')) }, h('table', {},
      h('thead', {}, h('tr', {}, [T('scenario'), T('year'), T('middle'), T('low'), T('high')].map(t => h('th', { scope: 'col' }, t)))),
      h('tbody', {}, f.flatMap(one => Object.entries(one.expected).map(([y, [low, mid, high]]) => h('tr', {},
        h('th', { scope: 'row' }, tx(one.title), ' ', badge(one.mark)), h('td', {}, y), [mid, low, high].map(v => h('td', {}, show(v, 'persons')))))))))) : null,
    D.sheets.filter(one => one.page === 'scenarios').map(sheet));
}
function claimsPage() {
  if (!D.claims.length) return h('section', {}, h('p', {}, T('no_claims')));
  return h('section', { class: 'text' }, h('h2', {}, T('claims')), h('p', {}, T('claims_note'), ' ', tx(D.claimsNote)),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': T('claims') }, h('table', { id: 'claims' },
      h('thead', {}, h('tr', {}, ['claim_no', 'claim', 'finding', 'verdict'].map(k => h('th', { scope: 'col' }, T(k))))),
      h('tbody', {}, D.claims.map(([report, claim, finding, verdict, number]) => h('tr', {},
        h('th', { scope: 'row' }, number, h('br'), h('small', {}, tx(report))), [['claim', claim], ['finding', finding], ['verdict', verdict]].map(([key, t]) => h('td', { class: 'text ' + key, 'data-label': T(key) }, tx(t)))))))));
}
function methodPage() {
  return h('section', { class: 'text' }, h('h2', {}, T('method')), D.method.map(t => h('p', {}, tx(t))),
    D.sheets.filter(one => one.page === 'method').map(one => (one.key === 'reliability' ? [h('div', { class: 'pair' }, h('figure', {}, reliability(one)), sheet(one))] : sheet(one))),
    h('h3', {}, T('measures')), h('ul', {}, D.measures.map(m => h('li', {}, h('b', {}, tx(m.title)), ': ', tx(m.note)))),
    h('h3', {}, T('absent')), D.absent.length ? h('ul', { id: 'absent' }, D.absent.map(t => h('li', {}, tx(t)))) : h('p', {}, T('nothing_absent')));
}
