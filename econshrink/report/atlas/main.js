// Frame of the page: navigation, controls, routing.
const VIEWS = { map: mapPage, table: tablePage, city: cityPage, compare: comparePage, scenarios: scenariosPage, talent: talentPage, claims: claimsPage, method: methodPage };
const option = (value, text, held) => h('option', { value, selected: value === held }, text);
function pick(key, title, options, extra) {
  return h('label', {}, title, ' ', h('select', { id: 'pick-' + key, onchange: e => go({ [key]: e.target.value, page: '1', ...extra }, true) }, options));
}
function grouped(list, groupOf, make) {
  const groups = [...new Set(list.map(groupOf))];
  return groups.map(g => h('optgroup', { label: g }, list.filter(one => groupOf(one) === g).map(make)));
}
function ruleControls() {
  const G = D.grid, rule = G.rules.find(r => r[0] === state.r) || G.rules[0], family = tx(rule[1]);
  const families = [...new Set(G.rules.map(r => tx(r[1])))], variants = G.rules.filter(r => tx(r[1]) === family);
  return [
    pick('s', T('series'), G.series.map(one => option(one[0], tx(one.slice(1)), state.s))),
    pick('w', T('window'), G.windows.map(one => option(one[0], one[1], state.w))),
    h('label', {}, T('rule'), ' ', h('select', { id: 'pick-family', onchange: e => go({ r: G.rules.find(r => tx(r[1]) === e.target.value)[0] }, true) },
      families.map(f => option(f, f, family)))),
    variants.length > 1 ? pick('r', T('threshold'), variants.map(r => option(r[0], tx(r[2]), state.r))) : null,
    pick('u', T('set'), G.sets.map(one => option(one[0], tx(one.slice(1)), state.u)))];
}
function futureControls() {
  return [
    pick('sc', T('scenario'), grouped(D.futures, f => tx(f.group), f => option(f.key, tx(f.title), state.sc))),
    pick('y', T('year'), future().years.map(y => option(String(y), y, String(year()))))];
}
let unfolded = false; // on a phone the choices are folded
function controls() {
  const on = state.layer, onMap = state.v === 'map';
  const layers = onMap ? pick('layer', T('layer'), [...D.measures.filter(m => m.scale).map(m => option(m.key, tx(m.title), on)),
    D.futures.length ? option('chance', T('layer_chance'), on) : null, D.grid ? option('rule', T('layer_rule'), on) : null]) : null;
  const filters = ['map', 'table'].includes(state.v) ? [
    h('label', {}, T('search'), ' ', h('input', { id: 'q', type: 'search', value: state.q, autocomplete: 'off', placeholder: T('search_hint'),
      oninput: e => { state.q = e.target.value; state.page = '1'; history.replaceState(null, '', address()); render(); },
      onkeydown: e => { const found = sorted(chosen(), columns()); if (e.key === 'Enter' && found.length) go({ v: 'city', c: D.units.id[found[0]], q: '' }); } })),
    D.attributes.map(a => pick('f_' + a.key, tx(a.title), [option('', T('all'), state['f_' + a.key]),
      ...a.names.map((n, k) => [tx(n), k]).sort((x, y) => (a.key === 'province' ? new Intl.Collator(LOCALE()).compare(x[0], y[0]) : 0)).map(([n, k]) => option(String(k), n, state['f_' + a.key]))]))] : null;
  const two = state.v === 'table' || state.v === 'city' || state.v === 'compare';
  const held = [layers, filters, D.futures.length && (two || (onMap && on === 'chance')) ? futureControls() : null,
    D.grid && (two || (onMap && on === 'rule')) ? ruleControls() : null].flat(9).filter(Boolean);
  return held.length ? h('details', { open: innerWidth > 900 || unfolded, ontoggle: e => { unfolded = e.target.open; } },
    h('summary', {}, T('choose')), h('div', { class: 'controls', role: 'group', 'aria-label': T('choose') }, held)) : null;
}
function frame(body) {
  const there = Object.keys(VIEWS).filter(v => (v !== 'map' || D.map) && (v !== 'scenarios' || D.futures.length) && (v !== 'talent' || D.region) && (v !== 'claims' || D.claims.length));
  return [
    h('header', {},
      h('h1', {}, tx(D.title), ' ', D.synthetic ? badge('synthetic') : null),
      h('nav', { 'aria-label': T('views') }, there.map(v => h('a', { href: address({ v }), 'aria-current': v === state.v ? 'page' : null, id: 'view-' + v }, T('v_' + v)))),
      h('div', { class: 'tools' },
        h('button', { type: 'button', id: 'lang', lang: lang() ? 'en' : 'zh', onclick: () => go({ lang: lang() ? 'en' : 'zh' }, true) }, lang() ? 'English' : '中文'),
        h('button', { type: 'button', id: 'theme', onclick: () => go({ theme: dark() ? 'light' : 'dark' }, true) }, dark() ? T('light') : T('dark')))),
    h('main', { id: 'main' }, controls(), body),
    h('footer', {}, h('p', { id: 'citation' }, tx(D.citation), ' ', h('code', {}, D.digest)), h('p', { class: 'note' }, T('foot')))];
}
function render() {
  const active = document.activeElement, held = active && active.id, caret = held === 'q' ? active.selectionStart : null;
  const row = active && active.dataset ? active.dataset.sort : null;
  const view = VIEWS[state.v] && (state.v !== 'map' || D.map) ? state.v : D.map ? 'map' : 'table';
  state.v = view;
  document.documentElement.lang = state.lang;
  document.documentElement.dataset.theme = dark() ? 'dark' : 'light';
  document.title = `${T('v_' + view)} · ${tx(D.title)}`;
  document.getElementById('atlas').replaceChildren(...frame(VIEWS[view]()), h('div', { id: 'tip', hidden: true }));
  const again = (held && document.getElementById(held)) || (row && document.querySelector(`[data-sort="${CSS.escape(row)}"]`));
  if (again) {
    again.focus({ preventScroll: true });
    if (caret !== null) again.setSelectionRange(caret, caret);
  }
}
addEventListener('hashchange', () => { readAddress(); render(); scrollTo(0, 0); });
addEventListener('popstate', () => { readAddress(); render(); });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', render);
readAddress();
render();
performance.mark('usable');
