// Why one token and not another, at any position: direct shares, what is without each part, steps of the lens.

// The effect of switching each part off, one run at a time, so that the page stays awake.
async function switchedOff(parts, token, against, row, wanted) {
  const model = await once('model', loadModel), size = config.vocab_size;
  const value = (made) => made.logits[row * size + token] - made.logits[row * size + against];
  const unchanged = await model.runAwake(manifest.ids, undefined, wanted);
  if (!unchanged) return null;
  const whole = value(unchanged), effects = new Map();
  for (const { part } of parts) {
    const found = /^h(\d+)\.(head|mlp)(\d*)$/.exec(part);
    if (!found) continue;
    const [, block, kind, head] = found, name = `block${block}.${kind === 'mlp' ? 'ffn_output' : 'head_output'}`, each = tokens * dHead;
    const made = await model.runAwake(manifest.ids, (tensorName, values) => { if (tensorName === name) values.fill(0, kind === 'mlp' ? 0 : Number(head) * each, kind === 'mlp' ? values.length : (Number(head) + 1) * each); }, wanted);
    if (!made) return null;
    const last = made.logits.subarray(row * size, (row + 1) * size);
    let top = -1, most = -Infinity, sum = 0;
    for (let id = 0; id < size; id++) if (!manifest.never.includes(id) && last[id] > most) { most = last[id]; top = id; }
    for (const logit of last) sum += Math.exp(logit - most);
    effects.set(part, { effect: whole - value(made), without: { id: top, value: 1 / sum } });
  }
  return effects;
}

async function whyPanel() {
  const found = await findings(), select = byId('why-position'), sort = byId('why-sort'), place = byId('why-panel'), stepsPlace = byId('steps-panel');
  const [token, against] = [byId('why-token'), byId('why-against')];
  const first = [...place.childNodes], firstSteps = [...stepsPlace.childNodes], foot = place.parentElement.querySelector('.foot');
  select.replaceChildren(...found.why.map((why) => make('option', { value: why.position, text: `${why.position} ${tokenText(manifest.ids[why.position])} → ${tokenText(why.token)}` })));
  for (const field of [token, against]) if (!hasModel) { field.disabled = true; field.title = 'other tokens need the weights, which are not in this file'; }
  const between = (from, to, [low, high]) => { const span = high - low || 1, at = (x) => 100 * (x - low) / span; return make('span', { class: 'track', 'aria-hidden': 'true' }, make('b', { style: `left:${at(0)}%` }), make('i', { class: to < from ? 'down' : 'up', style: `left:${at(Math.min(from, to))}%;width:${Math.max(0.3, at(Math.max(from, to)) - at(Math.min(from, to)))}%` })); };
  const table = (heads, rows) => make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'shares' }, make('table', { class: 'bars waterfall' }, make('thead', {}, make('tr', {}, heads.map((text, at) => make('th', { scope: 'col', class: at === 5 ? 'wide' : null, text })))), make('tbody', {}, rows)));
  const defaults = () => found.why[Number(select.value)];
  function set(position, a = null, b = null) {
    select.value = position;
    token.value = a ?? tokenText(defaults().token);
    against.value = b ?? tokenText(defaults().against);
  }
  set(tokens - 1);
  let asked = 0;

  function draw(why) {
    const parts = why.parts.filter((part) => part.share !== null && part.share !== undefined);
    if (sort.checked) parts.sort((a, b) => Math.abs(b.share) - Math.abs(a.share));
    let total = 0;
    const steps = parts.map((part) => [total, total += part.share]);
    const axis = [Math.min(0, ...steps.flat()), Math.max(0, ...steps.flat())], effects = why.parts.map((part) => part.effect ?? 0), off = [Math.min(0, ...effects), Math.max(0, ...effects)];
    const has = (part) => part.effect !== null && part.effect !== undefined;
    place.replaceChildren(make('p', {}, 'Logit of ', make('span', { class: 'token', text: tokenText(why.token) }), ' less that of ', make('span', { class: 'token', text: tokenText(why.against) }), ` at position ${why.position}: ${number(why.value, 4)}; the shares and biases sum to ${number(total, 4)}`),
      table(['part', 'direct share, running total', 'share', 'switched off', 'effect', 'then'], parts.map((part, at) => make('tr', { 'data-part': part.part }, make('th', { scope: 'row', text: part.words }), make('td', {}, between(...steps[at], axis)), make('td', { class: 'num', text: number(part.share, 3) }), make('td', {}, has(part) ? between(0, part.effect, off) : ''), make('td', { class: 'num', text: has(part) ? number(part.effect, 3) : '' }), make('td', { class: 'wide' }, part.without ? [make('span', { class: 'token', text: tokenText(part.without.id) }), ' ', make('span', { class: 'quiet', text: percent(part.without.value) })] : '')))));
  }

  function drawSteps(why) {
    const axis = [Math.min(0, ...why.steps), Math.max(0, ...why.steps)];
    stepsPlace.replaceChildren(make('p', {}, 'Logit of ', make('span', { class: 'token', text: tokenText(why.token) }), ' less that of ', make('span', { class: 'token', text: tokenText(why.against) }), ` at position ${why.position}, after each half block by the raw lens; the steps sum to ${number(why.value, 4)}.`),
      table(['stage', 'difference of the logits', 'there', 'step'], why.steps.map((value, at) => { const before = at ? why.steps[at - 1] : 0; return make('tr', {}, make('th', { scope: 'row', text: found.lens.stages[at] }), make('td', {}, between(before, value, axis)), make('td', { class: 'num', text: number(value, 3) }), make('td', { class: 'num', text: number(value - before, 3) })); })));
  }

  async function show() {
    const number1 = ++asked, usual = defaults(), a = idOf(token.value), b = idOf(against.value);
    foot.hidden = true;
    const unknown = [[a, token], [b, against]].find(([id]) => id < 0);
    if (unknown) { note(place, `No such token: ‘${visible(unknown[1].value)}’. Type one as it is written on this page.`); return; }
    if (a === usual.token && b === usual.against) {
      place.why = usual;
      const unchanged = usual.position === tokens - 1;
      if (unchanged) stepsPlace.replaceChildren(...firstSteps); else drawSteps(usual);
      if (unchanged && !sort.checked) { place.replaceChildren(...first); foot.hidden = false; } else draw(usual);
      return;
    }
    const logits = await matrixOf('logits', null), row = usual.position;
    const why = { position: row, token: a, against: b, value: logits.at(row, a) - logits.at(row, b), parts: await directShares(a, b, row), steps: await lensSteps(a, b, row) };
    if (number1 !== asked) return;
    place.why = why;
    draw(why);
    drawSteps(why);
    if (manifest.changed) return;
    const effects = await switchedOff(why.parts, a, b, row, () => number1 === asked);
    if (!effects || number1 !== asked) return;
    why.parts = why.parts.map((part) => ({ ...part, ...effects.get(part.part) }));
    why.whole = true;
    draw(why);
  }
  const link = () => { const usual = defaults(), facts = new URLSearchParams({ t: select.value }); if (idOf(token.value) !== usual.token || idOf(against.value) !== usual.against) { facts.set('a', token.value); facts.set('b', against.value); } history.replaceState(null, '', '#why?' + facts); };
  select.addEventListener('input', () => { set(select.value); link(); show(); });
  for (const field of [token, against]) field.addEventListener('change', () => { link(); show(); });
  sort.addEventListener('input', show);
  byId('why').show = (position, a, b) => { set(position ?? tokens - 1, a, b); return show(); };
  place.after(make('p', { class: 'tools' }, make('button', { type: 'button', text: 'svg', 'aria-label': 'the shares as an SVG', onclick: () => saveSvg(waterfallSvg(place.why ?? found.why.at(-1)), 'why') })));
}
