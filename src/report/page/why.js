// Why one token and not another, at any position: direct shares, what is without each part, steps of the lens.

// The effect of switching each part off, or of its mean over the text in every row, one run at a time, so that the page
// stays awake.
async function switchedOff(parts, token, against, row, wanted, byMean = false) {
  const model = await once('model', loadModel), size = config.vocab_size;
  const value = (made) => answerOf(made.logits.subarray(row * size, (row + 1) * size), token, against);
  const unchanged = await model.runAwake(manifest.ids, undefined, wanted);
  if (!unchanged) return null;
  const whole = value(unchanged), effects = new Map();
  for (const { part } of parts) {
    const found = /^h(\d+)\.(head|mlp)(\d*)$/.exec(part);
    if (!found) continue;
    const [, block, kind, head] = found, name = `block${block}.${kind === 'mlp' ? 'ffn_output' : 'head_output'}`, each = tokens * dHead;
    const made = await model.runAwake(manifest.ids, (tensorName, values) => {
      if (tensorName !== name) return;
      const own = kind === 'mlp' ? values : values.subarray(Number(head) * each, (Number(head) + 1) * each), wide = own.length / tokens;
      for (let column = 0; column < wide; column++) {
        let mean = 0;
        if (byMean) for (let at = column; at < own.length; at += wide) mean += own[at] / tokens;
        for (let at = column; at < own.length; at += wide) own[at] = mean;
      }
    }, wanted, { made: unchanged, block: Number(block), first: 0, asked: row });
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
  const lead = byId('why-lead'), firstLead = [...lead.childNodes], first = [...place.childNodes], firstSteps = [...stepsPlace.childNodes], foot = place.parentElement.querySelector('.foot'), firstFoot = [...foot.childNodes];
  select.replaceChildren(...found.why.map((why) => make('option', { value: why.position, text: `${why.position} ${tokenText(manifest.ids[why.position])} → ${tokenText(why.token)}` })));
  // against what, besides a token: nothing, and the mean of all logits
  const others = { '(nothing)': 'nothing', '(mean of all)': 'mean' }, againstOf = () => others[against.value.trim()] ?? idOf(against.value);
  against.setAttribute('list', 'why-others');
  const off = make('select', { id: 'why-off', disabled: !hasModel || manifest.changed }, make('option', { value: '', text: 'zero' }), make('option', { value: 'mean', text: 'its mean' }));
  against.closest('label').after(make('datalist', { id: 'why-others' }, Object.keys(others).map((value) => make('option', { value }))), make('label', {}, 'off is ', off));
  for (const field of [token, against]) if (!hasModel) { field.disabled = true; field.title = 'other tokens need the weights, which are not in this file'; }
  const between = (from, to, [low, high]) => { const span = high - low || 1, at = (x) => 100 * (x - low) / span; return make('span', { class: 'track', 'aria-hidden': 'true' }, make('b', { style: `left:${at(0)}%` }), make('i', { class: to < from ? 'down' : 'up', style: `left:${at(Math.min(from, to))}%;width:${Math.max(0.3, at(Math.max(from, to)) - at(Math.min(from, to)))}%` })); };
  const table = (heads, rows, end = null) => scrolling('shares', make('table', { class: 'bars waterfall' }, make('thead', {}, make('tr', {}, heads.map((text, at) => make('th', { scope: 'col', class: at === 5 ? 'wide' : at === 2 || at === 4 || heads.length === 4 && at === 3 ? 'num' : null, text })))), make('tbody', {}, rows), end ? make('tfoot', {}, end) : null));
  const defaults = () => found.why[Number(select.value)];
  // a part, opened: in which dimensions its share lies, and of which tokens or units it comes
  const inside = make('div', { id: 'why-inside', 'aria-live': 'polite' });
  async function openPart(part, words) {
    const why = place.why ?? found.why.at(-1), mine = ++opening;
    const it = (await directShares(why.token, why.against, why.position)).find((one) => one.part === part), mlp = /^h(\d+)\.mlp$/.exec(part);
    const units = mlp ? await unitShares(why.token, why.against, why.position, Number(mlp[1])) : null;
    if (mine !== opening || !it) return;
    const list = (title, all) => {
      const sorted = all.filter(([, value]) => value !== 0).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])), most = Math.max(1e-30, ...sorted.map(([, value]) => Math.abs(value))), rest = sorted.slice(12);
      const row = (name, value) => make('tr', {}, make('th', { scope: 'row' }, name), make('td', {}, make('span', { class: 'track', 'aria-hidden': 'true' }, make('i', { class: value < 0 ? 'down' : 'up', style: `width:${100 * Math.min(1, Math.abs(value) / most)}%` }))), make('td', { class: 'num', text: told(value) }));
      return make('div', {}, make('h4', { text: title }), make('table', { class: 'bars narrow' }, make('tbody', {}, sorted.slice(0, 12).map(([name, value]) => row(name, value)), rest.length ? row(`and ${rest.length} more`, rest.reduce((sum, [, value]) => sum + value, 0)) : null), make('tfoot', {}, row('sum', sorted.reduce((sum, [, value]) => sum + value, 0)))));
    };
    inside.part = it;
    inside.replaceChildren(make('h3', { text: `${words}, opened` }), make('p', { class: 'quiet', text: `Its direct share of ${told(it.share)}, ${it.sources || units ? 'split in two ways; either adds up to it' : 'split'}.` }), make('div', { class: 'pair' },
      it.sources ? list('from which token', it.sources().map((value, at) => [make('a', { href: `#${part.replace(/^h(\d+)\.head(\d+)$/, 'block$1.attention.$2')}[${why.position},${at}]`, text: `${tokenText(manifest.ids[at])} ${at}` }), value])) : null,
      units ? list('from which unit', units.map(({ unit, share }) => [make('a', { href: `#block${mlp[1]}.ffn_hidden[${why.position},${unit}]`, text: `unit ${unit}` }), share])) : null,
      list('in which dimension of the stream', it.dimensions().map((value, k) => [make('a', { href: `#dimensions?d=${k}&form=line`, text: `dimension ${k}` }), value]))));
  }
  let opening = 0;
  const opener = (part, words) => part === 'biases' || !hasModel ? words : make('button', { type: 'button', class: 'plain', text: words, 'aria-label': `${words}: what its share is made of`, onclick: () => { place.opened = openPart(part, words); } });
  if (hasModel) for (const row of place.querySelectorAll('tr[data-part]')) { const head = row.querySelector('th'); head.replaceChildren(opener(row.dataset.part, head.textContent)); }
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
    place.replaceChildren(table(['part', 'direct share, running total', 'share', 'switched off', 'effect', 'then'], parts.map((part, at) => make('tr', { 'data-part': part.part }, make('th', { scope: 'row' }, opener(part.part, part.words)), make('td', {}, between(...steps[at], axis)), make('td', { class: 'num', text: told(part.share) }), make('td', {}, has(part) ? between(0, part.effect, off) : ''), make('td', { class: 'num', text: has(part) ? told(part.effect) : '' }), make('td', { class: 'wide' }, part.without ? [make('span', { class: 'token', text: tokenText(part.without.id) }), ' ', make('span', { class: 'quiet', text: percent(part.without.value) })] : ''))),
      make('tr', {}, make('th', { scope: 'row', text: 'sum' }), make('td', {}, between(0, total, axis)), make('td', { class: 'num' }, make('strong', { text: told(total) })), make('td'), make('td'), make('td', { class: 'wide' }))));
    foot.replaceChildren(...footOf(why, total, parts.filter(has).map((part) => part.effect)));
  }

  // the same sentences as those of the page without a script
  function footOf(why, total, effects) {
    const together = effects.reduce((sum, x) => sum + x, 0), lengths = effects.reduce((sum, x) => sum + Math.abs(x), 0);
    return [`The shares and biases sum to ${told(total)}; ${why.against === 'nothing' ? 'the model’s logit is' : why.against === 'mean' ? 'the model’s logit is above the mean of all by' : 'the model’s logits differ by'} ${told(why.value)} (error ${told(Math.abs(total - why.value))}). `,
      effects.length ? `The effects of switching off single heads and MLPs sum to ${told(together)}${Math.abs(why.value) > 0.1 * lengths ? `, ${told(together / why.value)} times that` : ''}: they need not add up, parts lean on each other. ` : '',
      off.value ? 'Off is the part’s mean over the rows of this text, in every row: a head before W_O, an MLP with its b2. ' : 'Off is zero: a head before W_O (b_O stays), an MLP with its b2, an attention with its b_O. ', found.left_out ?? ''];
  }

  const lessThat = ({ against: it }) => typeof it === 'number' ? [' less that of ', make('bdi', { title: 'id ' + it, text: tokenText(it) })] : [it === 'mean' ? ' less the mean of all logits' : ''];
  const question = (why) => ['Logit of ', make('bdi', { title: 'id ' + why.token, text: tokenText(why.token) }), ...lessThat(why), ` at position ${why.position}, after `, make('bdi', { text: tokenText(manifest.ids[why.position]) }), ': ', make('strong', { text: told(why.value) }), '.'];

  function drawSteps(why) {
    const axis = [Math.min(0, ...why.steps), Math.max(0, ...why.steps)];
    stepsPlace.replaceChildren(make('p', {}, 'Logit of ', make('span', { class: 'token', text: tokenText(why.token) }), lessThat(why), ` at position ${why.position}, after each half block by the raw lens; the steps sum to ${told(why.value)}.`),
      table(['stage', 'difference of the logits', 'there', 'step'], why.steps.map((value, at) => { const before = at ? why.steps[at - 1] : 0; return make('tr', {}, make('th', { scope: 'row', text: found.lens.stages[at] }), make('td', {}, between(before, value, axis)), make('td', { class: 'num', text: told(value) }), make('td', { class: 'num', text: told(value - before) })); })));
  }

  async function show() {
    inside.replaceChildren();
    opening++;
    const number1 = ++asked, usual = defaults(), a = idOf(token.value), b = againstOf();
    const unknown = [[a, token], [b, against]].find(([id]) => id === -1);
    if (unknown) { note(place, `No such token: ‘${visible(unknown[1].value)}’. Type one as it is written on this page.`); lead.replaceChildren('No such token, so nothing is asked.'); foot.replaceChildren(); return; }
    if (a === usual.token && b === usual.against && !off.value) {
      place.why = usual;
      const unchanged = usual.position === tokens - 1;
      lead.replaceChildren(...unchanged ? firstLead : question(usual));
      if (unchanged) stepsPlace.replaceChildren(...firstSteps); else drawSteps(usual);
      if (unchanged && !sort.checked) { place.replaceChildren(...first); foot.replaceChildren(...firstFoot); } else draw(usual);
      return;
    }
    const row = usual.position;
    const why = { position: row, token: a, against: b, value: await answerHere(a, b, row), parts: await directShares(a, b, row), steps: await lensSteps(a, b, row) };
    if (number1 !== asked) return;
    place.why = why;
    lead.replaceChildren(...question(why));
    draw(why);
    drawSteps(why);
    if (manifest.changed) return;
    const effects = await switchedOff(why.parts, a, b, row, () => number1 === asked, off.value === 'mean');
    if (!effects || number1 !== asked) return;
    why.parts = why.parts.map((part) => ({ ...part, ...effects.get(part.part) }));
    why.whole = true;
    draw(why);
  }
  const link = () => { const usual = defaults(), facts = new URLSearchParams({ t: select.value }); if (idOf(token.value) !== usual.token || againstOf() !== usual.against) { facts.set('a', token.value); facts.set('b', against.value); } history.replaceState(null, '', '#why?' + facts); };
  select.addEventListener('input', () => { set(select.value); link(); show(); });
  for (const field of [token, against]) field.addEventListener('change', () => { link(); show(); });
  sort.addEventListener('input', show);
  off.addEventListener('input', show);
  byId('why').show = (position, a, b) => { set(position ?? tokens - 1, a, b); return show(); };
  place.parentElement.append(inside);
  place.after(make('p', { class: 'tools' }, make('button', { type: 'button', text: 'svg', 'aria-label': 'the shares as an SVG', onclick: () => saveSvg(waterfallSvg(place.why ?? found.why.at(-1)), 'why') })));
}
