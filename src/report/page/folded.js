// Folded tables, made of the findings when they are opened. Of every block but the last: rows as in the last block's.
// And whole ones: behind why from which token each head took it and all that was switched off; the strip; the lens.

const termList = (terms, rest, after) => make('ul', { class: 'terms' }, terms.map(([words, value]) => make('li', {}, make('b', { text: told(value) }), words)), rest[0] ? make('li', {}, make('b', { text: told(rest[1]) }), make('small', { text: `and ${rest[0]} more${after}` })) : null);
const tokenAt = (position) => make('td', { 'data-position': position }, make('bdi', { text: tokenText(manifest.ids[position]) }), ' ', make('small', { text: 'at ' + position }));
const plainTokens = (list) => make('td', {}, list.flatMap((one) => [make('bdi', { text: tokenText(one.id) }), ' ']));
const ofBoth = (here, alone) => make('td', {}, [['here', here], ['alone', alone]].map(([kind, list]) => make('span', { class: kind }, list.flatMap((one) => [make('bdi', { text: tokenText(one.id) }), ' ']))));
const headLink = (address, text) => make('th', { scope: 'row' }, make('a', { href: '#' + address, text }));

function sparkline(values) {
  const high = Math.max(1e-30, ...values), low = Math.min(0, ...values), step = 80 / Math.max(1, values.length - 1);
  return make('svg', { class: 'spark', viewBox: '0 0 80 20', 'aria-hidden': 'true' }, make('polyline', { points: values.map((value, at) => `${(at * step).toFixed(0)},${(18 - 16 * (value - low) / (high - low)).toFixed(0)}`).join(' ') }));
}

const foldedRows = {
  scores: (one) => [headLink(`block${one.block}.scores.${one.head}[${one.query},${one.key}]`, `block ${one.block + 1}, head ${one.head + 1}`), tokenAt(one.key), make('td', { class: 'num', text: told(one.score) }),
    make('td', {}, termList(one.terms.map(([query, key, value]) => [`${query} × ${key}`, value]), one.rest, `; all together ${told(one.sum)}`))],
  projections: (one) => [headLink(`block${one.block}.${one.letter.toLowerCase()}.${one.head}[${one.position},*]`, `block ${one.block + 1}, head ${one.head + 1}: ${one.letter}`), tokenAt(one.position), make('td', { class: 'num', text: told(one.length) }),
    make('td', {}, termList(one.shares, one.rest, ''))],
  neurons: (one) => [headLink(`block${one.block}.ffn_hidden[${tokens - 1},${one.index}]`, one.index), make('td', { class: 'num', text: told(one.share) }), make('td', { class: 'num' }, told(one.activations.at(-1)), one.silent ? make('small', { text: ' silent here' }) : null),
    make('td', {}, sparkline(one.activations)), plainTokens(one.reads), ofBoth(one.raises, one.alone_raises), ofBoth(one.lowers, one.alone_lowers)],
};

const heading = (texts) => make('thead', {}, make('tr', {}, texts.map((text) => make('th', { scope: 'col', text }))));
const orNothing = (x, words = told) => make('td', { class: 'num', text: x === null || x === undefined ? '' : words(x) });
const wholeTables = {
  sources(all) {
    const why = all.why.at(-1), of = why.parts.filter((part) => part.part.includes('.head') && part.share !== null), most = Math.max(1e-30, ...why.sources.flat().map(Math.abs));
    const cell = (x, position) => Math.abs(x) < 5e-4 ? make('td', { text: '·' }) : make('td', { class: x < 0 ? 'down' : 'up', 'data-position': position, style: `--near:${Math.sqrt(Math.abs(x) / most).toFixed(2)}`, text: told(x) });
    return make('table', { class: 'heat' },
      make('thead', {}, make('tr', {}, make('th', { scope: 'col', text: 'head' }), manifest.ids.map((id, at) => make('th', { scope: 'col', class: 'glyph', 'data-position': at, text: tokenText(id) })), make('th', { scope: 'col', class: 'num', text: 'sum' }))),
      make('tbody', {}, of.map((part, at) => make('tr', {}, make('th', { scope: 'row', text: part.words }), why.sources[at].map(cell), make('td', {}, make('strong', { text: told(why.sources[at].reduce((a, b) => a + b, 0)) }))))));
  },
  off: (all) => make('table', { class: 'sortable' }, heading(['part', 'typed', 'direct share', 'effect', 'then likeliest', 'its p', 'KL, bits', 'survival', 'norms behind']),
    make('tbody', {}, all.why.at(-1).parts.filter((part) => part.effect !== null).map((part) => make('tr', {}, make('th', { scope: 'row', text: part.words }), make('td', {}, make('code', { text: part.part + '=off' })), orNothing(part.share), orNothing(part.effect),
      make('td', {}, part.without ? make('bdi', { text: tokenText(part.without.id) }) : ''), orNothing(part.without?.value, percent), orNothing(part.bits), orNothing(part.survival), orNothing(part.norms, String))))),
  positions: (all) => make('table', {}, heading(['position', 'token', 'next', 'surprisal, bits', 'entropy, bits', 'rank', 'likeliest', 'its p']),
    make('tbody', {}, all.positions.map((one, at) => make('tr', { 'data-position': at }, make('th', { scope: 'row', text: at }), glyphCell(one.id), make('td', {}, one.next === null ? '' : [make('bdi', { text: tokenText(one.next) }), at === tokens - 1 ? ' (drawn)' : '']), orNothing(one.surprisal), orNothing(one.entropy), orNothing(one.rank, String), glyphCell(one.top.id), orNothing(one.top.value, percent))))),
  contexts: (all) => make('table', { class: 'contexts' }, heading(['block', 'unit', 'the strongest places, with the activation']), make('tbody', {}, all.neurons.filter((one) => one.contexts.length).map((one) => make('tr', { class: all.neurons.filter((other) => other.block === one.block).indexOf(one) >= 5 ? 'late' : null }, make('th', { scope: 'row', text: one.block + 1 }), make('td', { class: 'num' }, make('a', { href: `#block${one.block}.ffn_hidden[${tokens - 1},${one.index}]`, text: one.index })),
    make('td', {}, make('ul', {}, one.contexts.map((place) => make('li', {}, make('small', { text: number(place.activation, 3) }), ' ', make('span', { class: 'text' }, place.ids.map((id, at) => make(at === place.at ? 'mark' : 'span', { text: joinedText(id, at) }))))))))))),
  raw: (all) => riseTable(all.lens),
  fitted: (all) => riseTable(all.fitted[0]),
};
const glyphCell = (id) => make('td', {}, make('bdi', { text: tokenText(id) }));
const riseTable = (lens) => make('table', {}, heading(['token', ...lens.stages]), make('tbody', {}, lens.followed.at(-1).map((id, which) => make('tr', {}, make('th', { scope: 'row' }, make('bdi', { text: tokenText(id) })), lens.probabilities.map((stage) => orNothing(stage.at(-1)[which], percent))))));

// tokens as running text: characters stand together, words apart
let apart = null;
function joinedText(id, at) {
  apart ??= names.some((name, other) => [...name].length > 1 && !manifest.never.includes(other));
  return (at && apart ? ' ' : '') + tokenText(id);
}

async function fillFolded(details) {
  names ??= await vocabulary();
  fillNow(details, await wholeFindings());
}
function fillNow(details, all) {
  if (details.dataset.filled) return;
  details.dataset.filled = 'true';
  const kind = details.dataset.fill, name = details.querySelector('summary').textContent;
  let table = wholeTables[kind]?.(all);
  const whole = Boolean(table);
  if (!table) {
    let like = details;
    while (like && !like.querySelector('table')) like = like.nextElementSibling;
    const head = like.querySelector('thead').cloneNode(true);
    table = make('table', { class: like.querySelector('table').className || null }, head, make('tbody', {}, all[kind].filter((one) => one.block === Number(details.dataset.block)).map((one) => make('tr', {}, foldedRows[kind](one)))));
  }
  details.append(scrolling(name, table), ...whole ? [csvButton(table, kind)] : []);
  if (table.classList.contains('sortable')) sortable(table);
}
for (const details of document.querySelectorAll('details[data-fill]')) details.addEventListener('toggle', () => { if (details.open) fillFolded(details).catch((error) => console.error(error)); });

// Paper has them all: what is made from is read when nothing else is to be done, since paper does not wait.
let ready = null;
const readyToPrint = async () => { names ??= await vocabulary(); ready = await wholeFindings(); };
function fillAll() { if (ready) for (const details of document.querySelectorAll('details[data-fill]')) fillNow(details, ready); }
