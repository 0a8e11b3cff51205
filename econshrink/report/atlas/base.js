// Data, state, address, words, numbers, and the two functions that make elements: text is only
// ever set as text. Nothing is computed here that Python did not compute, but order and choice.
const D = JSON.parse(document.getElementById('data').textContent);
const N = D.units.id.length;
const SVG = 'http://www.w3.org/2000/svg';
const ALL = D.units.id.map((_, i) => i);
const shown = D.measures.filter(m => m.scale).map(m => m.key);
const DEFAULTS = {
  v: D.map ? 'map' : 'table', layer: shown[0] || (D.futures.length ? 'chance' : ''),
  sc: D.futures.length ? D.futures[0].key : '', y: '', s: D.grid ? D.grid.start[0] : '',
  w: D.grid ? D.grid.start[1] : '', r: D.grid ? D.grid.start[2] : '',
  u: D.grid ? D.grid.sets[0][0] : '', q: '', sort: '', dir: 'd', page: '1', c: '', d: '', box: '',
  lang: navigator.language.startsWith('zh') ? 'zh' : 'en', theme: '',
};
for (const a of D.attributes) DEFAULTS['f_' + a.key] = '';
const state = { ...DEFAULTS };

const lang = () => (state.lang === 'zh' ? 1 : 0);
const tx = pair => pair[lang()];
const T = (key, ...parts) => parts.reduce((t, p, k) => t.replaceAll('{' + k + '}', p), tx(D.words[key]));
const name = i => D.units[lang() ? 'zh' : 'en'][i];
const other = i => D.units[lang() ? 'en' : 'zh'][i];
const dark = () => state.theme === 'dark' || (!state.theme && matchMedia('(prefers-color-scheme: dark)').matches);
const unit = id => D.units.id.indexOf(id);

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? '' : value);
  }
  for (const child of children.flat(9)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}
const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

// Address: what differs from the defaults, so that a link restores the view.
function address(changes = {}) {
  const held = { ...state, ...changes }, parts = new URLSearchParams();
  for (const key of Object.keys(DEFAULTS)) {
    if (held[key] !== DEFAULTS[key] || (key === 'lang' && held[key])) parts.set(key, held[key]);
  }
  return '#' + parts;
}
function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  for (const key of Object.keys(DEFAULTS)) state[key] = parts.get(key) ?? DEFAULTS[key];
}
function go(changes, quiet) {
  Object.assign(state, changes);
  history[quiet ? 'replaceState' : 'pushState'](null, '', address());
  render();
}

// Numbers as text. Rounding for print is all that happens to them.
const LOCALE = () => (lang() ? 'zh-CN' : 'en-US');
const FORMS = {
  persons: { maximumFractionDigits: 0 },
  share: { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 },
  whole: { style: 'percent', maximumFractionDigits: 0 },
  change: { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'exceptZero' },
  signed: { maximumFractionDigits: 0, signDisplay: 'exceptZero' },
  points: { style: 'percent', maximumFractionDigits: 1, minimumFractionDigits: 1, signDisplay: 'exceptZero' },
  number: { maximumSignificantDigits: 4 },
  tenths: { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'exceptZero' },
  index: { minimumFractionDigits: 3, maximumFractionDigits: 3 },
  year: { useGrouping: false, maximumFractionDigits: 0 },
  yuan: { notation: 'compact', maximumSignificantDigits: 3 },
  short: { notation: 'compact', maximumSignificantDigits: 4 },
};
const made = {};
function show(value, form) {
  if (value === null || value === undefined) return '–';
  if (form === 'text') return tx(value);
  const key = LOCALE() + form;
  made[key] = made[key] || new Intl.NumberFormat(LOCALE(), { roundingMode: 'halfEven', ...(FORMS[form] || FORMS.number) });
  return made[key].format(value).replace('-', '−');
}

// What is looked at: a measure, the chance under a scenario, or the label of a rule.
const future = () => D.futures.find(f => f.key === state.sc) || D.futures[0];
const year = () => (future().years.includes(+state.y) ? +state.y : future().years[0]);
const told = f => [tx(f.note), tx(f.common)].filter(Boolean).join(lang() ? '' : ' ');
const chance = i => future().p[future().years.indexOf(year())][i];
const measure = key => D.measures.find(m => m.key === key);

function run(series = state.s, window = state.w, rule = state.r) {
  const G = D.grid, at = (list, key) => list.findIndex(one => one[0] === key);
  const place = [at(G.series, series), at(G.windows, window), at(G.rules, rule)];
  const found = G.runs.find(one => place.every((p, k) => one[k] === p));
  const gap = G.gaps[place.join('.')];
  return { found, reason: found ? null : gap === undefined ? T('no_run') : tx(G.reasons[gap]) };
}
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZa';
function label(packed, i) { // 0 no, 1 yes, null undefined; three to a letter
  const digit = Math.floor(LETTERS.indexOf(packed[Math.floor(i / 3)]) / 3 ** (i % 3)) % 3;
  return digit === 2 ? null : digit;
}
function layer() {
  if (state.layer === 'chance' && D.futures.length) {
    const f = future(), k = f.years.indexOf(year());
    return {
      title: T('chance_title', show(D.loss, 'whole'), year()), detail: tx(f.title), note: told(f), form: 'whole',
      value: i => f.p[k][i], group: i => (f.c[k][i] === '-' ? -1 : +f.c[k][i]), scale: D.chances, mark: f.mark,
    };
  }
  if (state.layer === 'rule' && D.grid) {
    const { found, reason } = run(), set = Math.max(0, D.grid.sets.findIndex(one => one[0] === state.u));
    const pick = (list, key) => D.grid[list].find(one => one[0] === key) || D.grid[list][0];
    const rule = pick('rules', state.r);
    return {
      title: [tx(rule[1]), tx(rule[2])].filter(Boolean).join(lang() ? '，' : ', '),
      detail: tx(pick('series', state.s).slice(1)) + ' · ' + pick('windows', state.w)[1],
      note: found ? T('rule_count', ...found[3][set]) : reason, form: 'label',
      value: i => (found ? label(found[4], i) : null),
      group: i => { const l = found ? label(found[4], i) : null; return l === null ? -1 : l; },
      scale: { names: [D.words.not_shrinking, D.words.shrinking], light: ['#c9d6e2', '#b35806'], dark: ['#5b6b7a', '#f1a340'] },
    };
  }
  const m = measure(state.layer) || measure(shown[0]);
  if (!m) return null;
  return {
    title: tx(m.title), detail: '', note: tx(m.note), form: m.form, value: i => m.v[i],
    group: i => (m.c[i] === '-' ? -1 : +m.c[i]), scale: m.scale, mark: m.mark,
  };
}
const theme = () => (dark() ? 'dark' : 'light');
const colour = (scale, group) => (group < 0 ? D.noFigure[theme()] : scale[theme()][group]);
const printed = (value, form) => (form === 'label' ? (value === null ? T('undefined') : T(value ? 'shrinking' : 'not_shrinking')) : show(value, form));
const badge = mark => (mark ? h('span', { class: 'mark ' + mark }, T('mark_' + mark)) : null);

// Units that pass the filters and the search, in any language.
const plain = text => text.normalize('NFKD').replace(/[\u0300-\u036f\s'’·-]/g, '').toLowerCase();
const KEYS = ALL.map(i => [D.units.en[i], D.units.zh[i], D.units.py[i], D.units.id[i]].map(plain));
const matches = (i, query) => KEYS[i].some(key => key.includes(query));
function chosen() {
  const query = plain(state.q);
  return ALL.filter(i =>
    (!query || matches(i, query)) &&
    D.attributes.every(a => state['f_' + a.key] === '' || a.of[i] === +state['f_' + a.key]));
}

function save(text, file, type) {
  const link = h('a', { href: URL.createObjectURL(new Blob([text], { type })), download: file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
const file = (stem, ending) => `econshrink_${stem}_${D.digest.slice(0, 8)}${D.synthetic ? '_synthetic' : ''}.${ending}`;
function csvCell(value) { // text that a spreadsheet would take for a formula gets an apostrophe
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const inert = value.length > 1 && '=+-@\t\r'.includes(value[0]) && Number.isNaN(Number(value)) ? "'" + value : value;
  return /[",\n\r]/.test(inert) ? '"' + inert.replaceAll('"', '""') + '"' : inert;
}
const csv = rows => '\ufeff' + rows.map(row => row.map(csvCell).join(',')).join('\r\n') + '\r\n';
// Text in lines of at most so many narrow signs; a wide sign counts as two.
function wrapped(text, most) {
  const lines = [''];
  let size = 0;
  for (const word of text.match(/[^\s\u2e80-\uffff]+\s*|[\s\S]/g) || []) {
    for (const piece of word.match(new RegExp(`[\\s\\S]{1,${most}}`, 'g'))) {
      const wide = [...piece].reduce((sum, sign) => sum + (sign > '\u2e80' ? 2 : 1), 0);
      if (size && size + wide > most) { lines.push(''); size = 0; }
      lines[lines.length - 1] += piece;
      size += wide;
    }
  }
  return lines;
}
// A picture with its colours, its classes, its title and marks, and whose figures it shows.
function saveSvg(node, stem, classes = []) {
  const copy = node.cloneNode(true), read = getComputedStyle(document.documentElement);
  const paint = key => read.getPropertyValue(key).trim();
  for (const part of [copy, ...copy.querySelectorAll('*')]) {
    for (const key of ['fill', 'stroke']) {
      const held = part.getAttribute(key), found = held && held.match(/^var\((--\w+)\)$/);
      if (found) part.setAttribute(key, paint(found[1]));
    }
  }
  const [x, y, w, high] = copy.getAttribute('viewBox').split(' ').map(Number);
  const size = Math.max(w, high) / 44, most = Math.max(20, Math.floor((w - size) / (size * 0.56)));
  let at = y + high + 0.4 * size;
  const line = (text, fill, bold) => wrapped(text, most).forEach(part => {
    at += 1.4 * size;
    copy.append(s('text', { x: x + size / 2, y: at, 'font-size': size, 'font-family': 'sans-serif', 'font-weight': bold ? 700 : null, fill }, part));
  });
  const marks = [D.synthetic ? T('mark_synthetic') : '', copy.dataset.marks].filter(Boolean).join(' · ');
  if (copy.dataset.title) line(copy.dataset.title, paint('--ink'), true);
  if (marks) line(marks, paint('--c1'), true);
  for (const [fill, text, count] of classes) {
    at += 1.4 * size;
    copy.append(s('rect', { x: x + size / 2, y: at - 0.8 * size, width: 1.4 * size, height: 0.9 * size, fill, stroke: paint('--soft'), 'stroke-width': size / 20 }),
      s('text', { x: x + 2.5 * size, y: at, 'font-size': size, 'font-family': 'sans-serif', fill: paint('--ink') }, `${text}: ${count}`));
  }
  line(`${tx(D.citation)} ${D.digest}`, paint('--soft'));
  const box = [x, y, w, at - y + 0.6 * size];
  copy.setAttribute('viewBox', box.join(' '));
  copy.setAttribute('xmlns', SVG);
  copy.prepend(s('rect', { x, y, width: w, height: box[3], fill: paint('--paper') }));
  save(new XMLSerializer().serializeToString(copy), file(stem, 'svg'), 'image/svg+xml');
}
