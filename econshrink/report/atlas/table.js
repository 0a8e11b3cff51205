// The table of units: search, filter, sort, page, download.
const PAGE = 100;
function columns() {
  const list = [];
  const a = D.attributes[0];
  if (a) list.push({ key: a.key, title: tx(a.title), text: true, value: i => (a.of[i] < 0 ? null : tx(a.names[a.of[i]])), en: i => (a.of[i] < 0 ? null : a.names[a.of[i]][0]), form: 'plain' });
  const held = D.measures.filter(one => one.column).map(m => ({ key: m.key, title: tx(m.title), value: i => m.v[i], form: m.form, mark: m.mark }));
  list.push(...held.splice(0, 2));
  if (D.futures.length) {
    list.push({ key: `chance_${state.sc}_${year()}`, title: T('chance_title', show(D.loss, 'whole'), year()), value: chance, form: 'whole', mark: future().mark });
  }
  if (D.grid) {
    const { found } = run();
    list.push({ key: `rule_${state.r}_${state.s}_${state.w}`, title: T('by_rule'), value: i => (found ? label(found[4], i) : null), form: 'label' });
  }
  list.push(...held);
  return list;
}
// The columns of a scenario and of a rule stay sorted when another one is chosen.
const sortKey = key => (key.startsWith('chance_') ? 'chance' : key.startsWith('rule_') ? 'rule' : key);
function sorted(kept, list) {
  const column = list.find(one => sortKey(one.key) === state.sort);
  const up = state.dir === 'u' ? 1 : -1, value = column ? column.value : state.sort === 'name' ? name : null;
  if (!value) return kept;
  const order = new Intl.Collator(LOCALE());
  return [...kept].sort((a, b) => {
    const x = value(a), y = value(b);
    if (x === null || y === null) return (x === null) - (y === null) || a - b;
    return up * (typeof x === 'string' ? order.compare(x, y) : x - y) || a - b;
  });
}
function saveTable() {
  const list = columns();
  const rows = sorted(chosen(), list).map(i => [D.units.id[i], D.units.en[i], D.units.zh[i], ...list.map(c => (c.en ? c.en(i) : c.value(i)))]);
  const marked = c => c.key + (c.mark ? '_' + c.mark : '') + (D.synthetic && !c.mark ? '_synthetic' : '');
  save(csv([['unit', 'name_en', 'name_zh', ...list.map(marked)], ...rows]), file('table', 'csv'), 'text/csv');
}
function tablePage() {
  const all = columns(), on = all.find(c => sortKey(c.key) === state.sort), first = innerWidth < 600 ? on : null;
  const list = first ? [first, ...all.filter(c => c !== first)] : all; // a phone shows what it sorts by
  const rows = sorted(chosen(), list), pages = Math.max(1, Math.ceil(rows.length / PAGE));
  const at = Math.min(Math.max(1, +state.page || 1), pages), some = rows.slice((at - 1) * PAGE, at * PAGE);
  const head = (key, title, mark, text) => {
    const short = sortKey(key), on = state.sort === short;
    return h('th', { scope: 'col', class: text ? 'text' : null, 'aria-sort': on ? (state.dir === 'u' ? 'ascending' : 'descending') : 'none' },
      h('button', { type: 'button', 'data-sort': short, onclick: () => go({ sort: short, dir: on && state.dir === 'd' ? 'u' : 'd', page: '1' }, true) },
        title, on ? (state.dir === 'u' ? ' ▲' : ' ▼') : ''), ' ', badge(mark));
  };
  const turn = (to, text, off) => h('button', { type: 'button', disabled: off, onclick: () => go({ page: String(to) }, true) }, text);
  return h('section', {},
    h('p', { class: 'tools' }, h('span', { role: 'status', class: 'count' }, T('rows', rows.length, N)),
      h('button', { type: 'button', id: 'csv', onclick: saveTable }, 'CSV'),
      pages > 1 ? [turn(at - 1, '‹', at === 1), h('span', {}, T('page', at, pages)), turn(at + 1, '›', at === pages)] : null),
    h('div', { class: 'scroll tall', tabindex: 0, role: 'region', 'aria-label': T('table') },
      h('table', { id: 'units-table' },
        h('thead', {}, h('tr', {}, head('name', T('unit')), list.map(c => head(c.key, c.title, c.mark, c.text)))),
        h('tbody', {}, some.map(i => h('tr', { 'data-unit': D.units.id[i] },
          h('th', { scope: 'row' }, h('a', { href: address({ v: 'city', c: D.units.id[i] }) }, name(i)), ' ', h('small', {}, other(i))),
          list.map(c => h('td', { class: c.text ? 'text' : null }, c.form === 'plain' ? c.value(i) ?? '–' : printed(c.value(i), c.form)))))))),
    rows.length ? null : h('p', {}, T('none_found')));
}
