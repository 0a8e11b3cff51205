// One unit on one page, and two beside each other.
const GROUPS = ['people', 'change', 'risk', 'when', 'economy', 'quality', 'rules'];
const headline = () => columns().filter(c => !c.text).map(c => ({ title: c.title, form: c.form, value: c.value, mark: c.mark }));
function facts(group) {
  const list = D.measures.filter(m => m.group === group).map(m => ({ title: tx(m.title), form: m.form, value: i => m.v[i], mark: m.mark }));
  if (group === 'risk') {
    for (const f of D.futures.filter(one => one.mark || one.key === state.sc)) {
      f.years.forEach((y, k) => list.push({ title: `${T('chance_title', show(D.loss, 'whole'), y)}: ${tx(f.title)}`, form: 'whole', value: i => f.p[k][i], mark: f.mark }));
    }
  }
  return list;
}
function factTable(units, list) {
  const held = list.filter(f => units.some(i => f.value(i) !== null));
  return held.length ? h('table', { class: 'facts' }, h('tbody', {}, held.map(f => h('tr', {},
    h('th', { scope: 'row' }, f.title, ' ', badge(f.mark)), units.map(i => h('td', {}, printed(f.value(i), f.form))))))) : null;
}
function section(title, ...parts) {
  const held = parts.flat(9).filter(Boolean);
  return held.length ? h('section', { class: 'part' }, h('h3', {}, title), held) : null;
}
function fan(i) {
  const held = D.futures.filter(f => f.q.length > 2 && f.q[0][i]);
  if (!held.length) return null;
  const f = held.find(one => one.key === state.sc) || held[0], bare = held.find(one => one.key === f.beside);
  const q = (one, level) => one.q[one.levels.indexOf(level)][i];
  const bands = [[0.05, 0.95, '90%'], [0.1, 0.9, '80%'], [0.25, 0.75, '50%']].filter(([a, b]) => f.levels.includes(a) && f.levels.includes(b))
    .map(([a, b, text]) => ({ name: T('inside', text), years: f.qyears, low: q(f, a), high: q(f, b), pen: 'var(--c2)', opacity: 0.25, mark: f.mark }));
  const lines = [{ name: T('median') + ' · ' + tx(f.title), years: f.qyears, v: q(f, 0.5), pen: 'var(--c2)', mark: f.mark }];
  if (bare) {
    [0.1, 0.5, 0.9].forEach(level => lines.push({ name: `${tx(bare.title)} ${show(level, 'whole')}`, years: bare.qyears, v: q(bare, level), pen: 'var(--ink)', mark: bare.mark, thin: true, dash: '2 3', quiet: level !== 0.5, told: `${tx(bare.title)} 10 · 50 · 90%` }));
  }
  return { bands, lines, years: f.qyears, marks: [f.mark], note: [f, bare].filter(Boolean).map(one => tx(one.title) + (lang() ? '：' : ': ') + told(one)).join(' ') };
}
function charts(i) {
  const id = D.units.id[i];
  return [
    chartOf(i, 'population', T('c_population'), 'persons', 'population_' + id, fan(i)),
    chartOf(i, 'vital', T('c_vital'), 'persons', 'vital_' + id),
    chartOf(i, 'jobs', T('c_jobs'), 'persons', 'jobs_' + id),
    chartOf(i, 'investment', T('c_investment'), 'yuan', 'investment_' + id),
    chartOf(i, 'prices', T('c_prices'), 'index', 'prices_' + id),
    ...[...new Set(D.yearly.map(y => y.chart))].filter(c => !['population', 'vital', 'jobs', 'investment', 'prices'].includes(c))
      .map(c => chartOf(i, c, tx(D.yearly.find(y => y.chart === c).title), 'number', c + '_' + id)),
  ].filter(Boolean);
}
function components(i) {
  const p = D.parts;
  return p && p.v[i] ? [barChart(T('c_parts'), p.titles.map(tx), p.v[i], 'signed'), h('p', { class: 'note' }, T('parts_note'))] : null;
}
function drivers(i) {
  const p = D.drivers;
  const f = D.futures.find(one => one.key === D.driverFuture), whole = f ? { title: `${T('chance_title', show(D.loss, 'whole'), f.years[0])}: ${tx(f.title)}`, form: 'share', value: j => f.p[0][j], mark: f.mark } : null;
  return p && p.v[i] ? [barChart(T('c_drivers'), p.titles.map(tx), p.v[i], 'points'), whole ? factTable([i], [whole]) : null,
    h('p', { class: 'note' }, T('drivers_note'), ' ', tx(D.driverNote))] : null;
}
function rulesOf(units) {
  if (!D.grid) return null;
  const list = D.grid.rules.map(rule => ({ rule, ...run(state.s, state.w, rule[0]) })).filter(one => one.found);
  const at = D.grid.windows.find(w => w[0] === state.w), from = D.grid.series.find(one => one[0] === state.s);
  return [h('p', { class: 'note' }, T('rules_on', tx(from.slice(1)), at[1])),
    h('table', { class: 'facts', id: 'rules' }, h('tbody', {}, list.map(({ rule, found }) => h('tr', {},
      h('th', { scope: 'row' }, h('a', { href: address({ v: 'map', layer: 'rule', r: rule[0] }) }, [tx(rule[1]), tx(rule[2])].filter(Boolean).join(lang() ? '，' : ', '))),
      units.map(i => { const l = label(found[4], i); return h('td', { class: l ? 'yes' : null }, printed(l, 'label')); })))))];
}
function neighbours(i) {
  const beside = D.neighbours && D.neighbours[i];
  const change = D.measures.find(m => m.group === 'change');
  return beside && beside.length ? h('ul', { class: 'beside' }, beside.map(j => h('li', {},
    h('a', { href: address({ c: D.units.id[j] }) }, name(j)), ' ', change ? printed(change.v[j], change.form) : ''))) : null;
}
const kinds = i => D.attributes.filter(a => a.of[i] >= 0).map(a => tx(a.names[a.of[i]])).join(' · ');
const remarks = i => D.remarks.of[i].map(k => h('li', {}, tx(D.remarks.texts[k])));
function chooser(key, title) {
  return h('label', {}, title, ' ', h('select', { id: 'pick-' + key, onchange: e => go({ [key]: e.target.value }) },
    h('option', { value: '' }, '…'), sorted(ALL, []).map(i => h('option', { value: D.units.id[i], selected: D.units.id[i] === state[key] }, `${name(i)} ${other(i)}`))));
}
function cityPage() {
  const i = unit(state.c);
  if (i < 0) return h('section', {}, h('p', {}, T('pick')), chooser('c', T('unit')));
  const lines = remarks(i);
  return h('article', { class: 'city' },
    h('h2', {}, name(i), ' ', h('small', {}, other(i))), h('p', { class: 'sub' }, kinds(i), ' · ', D.units.id[i]),
    h('p', { class: 'tools' }, chooser('c', T('unit')), h('button', { type: 'button', id: 'print', onclick: () => print() }, T('print')),
      h('a', { class: 'button', href: address({ v: 'compare', d: '' }) }, T('open_compare')), D.map ? h('a', { class: 'button', href: address({ v: 'map' }) }, T('map')) : null),
    h('div', { class: 'columns' },
      h('div', {}, ['people', 'change', 'risk', 'when', 'economy', 'quality'].map(g => section(T('g_' + g), factTable([i], facts(g))))),
      h('div', {}, charts(i)),
      h('div', {},
        section(T('g_unknown'), lines.length ? h('ul', { id: 'unknown' }, lines) : null),
        section(T('c_parts'), components(i)), section(T('c_drivers'), drivers(i)),
        section(T('g_rules'), rulesOf([i])), section(T('g_beside'), neighbours(i)))));
}
function comparePage() {
  const two = [unit(state.c), unit(state.d)], there = two.filter(i => i >= 0);
  return h('section', { class: 'compare' },
    h('p', { class: 'tools' }, chooser('c', T('first')), chooser('d', T('second'))),
    there.length < 2 ? h('p', {}, T('pick_two')) : [
      h('table', { class: 'facts both' }, h('thead', {}, h('tr', {}, h('td', {}), there.map(i => h('th', { scope: 'col' },
        h('a', { href: address({ v: 'city', c: D.units.id[i] }) }, name(i)), ' ', h('small', {}, other(i)))))),
      h('tbody', {}, GROUPS.flatMap(g => facts(g)).filter(f => there.some(i => f.value(i) !== null)).map(f => h('tr', {},
        h('th', { scope: 'row' }, f.title, ' ', badge(f.mark)), there.map(i => h('td', {}, printed(f.value(i), f.form))))))),
      h('div', { class: 'pair' }, there.map(i => h('div', {}, h('h3', {}, name(i)), charts(i), section(T('c_parts'), components(i)), section(T('c_drivers'), drivers(i))))),
      section(T('g_rules'), rulesOf(there))]);
}
