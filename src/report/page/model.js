// The model itself, in double precision: the same operations as the program's, from the weights in this
// file. `changes` is called with each tensor right after it is made.

// erf to full precision: its series for small numbers, its continued fraction for large ones.
function erf(x) {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 2.5) {
    let term = x, sum = x;
    for (let n = 1; n < 80 && Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= -x * x / n;
      sum += term / (2 * n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (size + fraction);
  return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction));
}

function activate(x) {
  switch (config.activation) {
    case 'relu': return Math.max(0, x);
    case 'gelu_erf': return x / 2 * (1 + erf(x / Math.SQRT2));
    case 'gelu_tanh': return x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
  }
  throw new Error('this page does not know the activation ' + config.activation);
}

async function loadModel() {
  const all = new Map();
  for (const { name } of manifest.weights) all.set(name, await weight(name));
  const get = (name) => all.get(name) ?? null;
  const values = (name) => get(name)?.values ?? null;
  // into the rows from `first` on; those before it stay
  const project = (x, out, first, inputs, name, biasName) => {
    const { values: w, columns } = get(name), bias = values(biasName);
    for (let row = first; row * columns < out.length; row++) {
      const at = row * columns;
      if (bias) for (let c = 0; c < columns; c++) out[at + c] = bias[c];
      for (let k = 0; k < inputs; k++) {
        const value = x[row * inputs + k], from = k * columns;
        if (value !== 0) for (let c = 0; c < columns; c++) out[at + c] += value * w[from + c];
      }
    }
    return out;
  };
  const d = config.d_model;

  // {name: Float64Array} of every tensor, for these ids; it pauses within each block, so that the page can
  // stay awake. With `known` {made, block, first, asked} a run in which something changes from row `first` of a block on: no
  // token looks ahead, so all rows before it, and all blocks before that one, are those of `made`. Of the last block and of
  // the logits then only the rows from `asked` on are made.
  function* steps(ids, changes, known = null) {
    const rows = ids.length, made = known ? { ...known.made } : {};
    let begin = known ? known.first : 0;
    // room for a tensor: empty, or with the rows that stay
    const room = (name, size) => known ? known.made[name].slice() : new Float64Array(size);
    // the same for what has a row for each token: those that are made anew are cleared
    const roomOf = (name, columns) => room(name, rows * columns).fill(0, begin * columns);
    const keep = (name, numbers) => { made[name] = numbers; changes(name, numbers, rows); return numbers; };
    const norm = (x, prefix, gammaName, betaName) => {
      const gamma = values(gammaName), beta = values(betaName);
      const means = roomOf(prefix + '_mean', 1), variances = roomOf(prefix + '_variance', 1), out = roomOf(prefix, d);
      for (let row = begin; row < rows; row++) {
        for (let c = 0; c < d; c++) means[row] += x[row * d + c] / d;
        for (let c = 0; c < d; c++) variances[row] += (x[row * d + c] - means[row]) ** 2 / d;
      }
      keep(prefix + '_mean', means); keep(prefix + '_variance', variances);
      for (let row = begin; row < rows; row++) {
        const scale = 1 / Math.sqrt(variances[row] + config.norm_epsilon);
        for (let c = 0; c < d; c++) out[row * d + c] = (x[row * d + c] - means[row]) * scale * gamma[c] + (beta ? beta[c] : 0);
      }
      return keep(prefix, out);
    };
    const add = (a, b) => a.map((value, at) => value + b[at]);
    const table = values('embedding'), places = values('pos_encoding');
    const token = new Float64Array(rows * d), position = new Float64Array(rows * d);
    ids.forEach((id, row) => { for (let c = 0; c < d; c++) { token[row * d + c] = table[id * d + c]; position[row * d + c] = places[row * d + c]; } });
    keep('token_embedding', token); keep('position_embedding', position);
    let x = keep('embedded', add(token, position));
    if (known?.block) x = made[`block${known.block - 1}.output`];
    for (let block = known ? known.block : 0; block < config.n_blocks; block++) {
      const b = `block${block}.`, w = (name) => `block${block}_${name}`;
      const input = keep(b + 'input', x.slice());
      const attend = (from) => {
        const of = (name) => project(from, roomOf(b + name, d), begin, d, w('W_' + name.toUpperCase()), w('b_' + name.toUpperCase())), k = of('k'), v = of('v');
        if (known && block === config.n_blocks - 1) begin = Math.max(begin, known.asked);
        const q = of('q');
        keep(b + 'q', q); keep(b + 'k', k); keep(b + 'v', v);
        const size = heads * rows * rows, raw = room(b + 'raw_scores', size);
        // what looks ahead is masked: only a whole run has its scores
        for (let h = 0; h < heads; h++) for (let i = begin; i < rows; i++) for (let j = 0; j < (known ? i + 1 : rows); j++) {
          let sum = 0;
          for (let c = h * dHead; c < (h + 1) * dHead; c++) sum += q[i * d + c] * k[j * d + c];
          raw[(h * rows + i) * rows + j] = sum;
        }
        keep(b + 'raw_scores', raw);
        const scores = keep(b + 'scores', raw.map((value) => value / scoreDivisor(block)));
        const masked = keep(b + 'masked_scores', scores.map((value, at) => at % rows > Math.floor(at / rows) % rows ? -Infinity : value));
        const attention = room(b + 'attention', size);
        for (let row = 0; row < heads * rows; row++) {
          if (row % rows < begin) continue;
          const at = row * rows, seen = row % rows + 1;
          let largest = -Infinity, sum = 0;
          for (let j = 0; j < seen; j++) largest = Math.max(largest, masked[at + j]);
          for (let j = 0; j < seen; j++) sum += attention[at + j] = Math.exp(masked[at + j] - largest);
          for (let j = 0; j < seen; j++) attention[at + j] /= sum;
        }
        keep(b + 'attention', attention);
        const output = room(b + 'head_output', rows * d), concat = room(b + 'concat', rows * d);
        for (let h = 0; h < heads; h++) output.fill(0, (h * rows + begin) * dHead, (h + 1) * rows * dHead);
        for (let h = 0; h < heads; h++) for (let i = begin; i < rows; i++) for (let j = 0; j <= i; j++) {
          const share = attention[(h * rows + i) * rows + j];
          if (share !== 0) for (let c = 0; c < dHead; c++) output[(h * rows + i) * dHead + c] += share * v[j * d + h * dHead + c];
        }
        keep(b + 'head_output', output);
        for (let h = 0; h < heads; h++) for (let i = begin; i < rows; i++) for (let c = 0; c < dHead; c++) concat[i * d + h * dHead + c] = output[(h * rows + i) * dHead + c];
        keep(b + 'concat', concat);
        return keep(b + 'attention_output', project(concat, roomOf(b + 'attention_output', d), begin, d, w('W_O'), w('b_O')));
      };
      const feed = (from) => {
        const up = keep(b + 'ffn_pre_activation', project(from, roomOf(b + 'ffn_pre_activation', config.d_ff), begin, d, w('W1'), w('b1'))), hiddenUnits = room(b + 'ffn_hidden', up.length);
        for (let at = begin * config.d_ff; at < up.length; at++) hiddenUnits[at] = activate(up[at]);
        keep(b + 'ffn_hidden', hiddenUnits);
        return keep(b + 'ffn_output', project(hiddenUnits, roomOf(b + 'ffn_output', d), begin, config.d_ff, w('W2'), w('b2')));
      };
      if (pre) {
        const first = keep(b + 'residual1', add(input, attend(norm(input, b + 'norm1', w('gamma1'), w('beta1')))));
        yield;
        x = keep(b + 'residual2', add(first, feed(norm(first, b + 'norm2', w('gamma2'), w('beta2')))));
      } else {
        const first = norm(keep(b + 'residual1', add(input, attend(input))), b + 'norm1', w('gamma1'), w('beta1'));
        yield;
        x = norm(keep(b + 'residual2', add(first, feed(first))), b + 'norm2', w('gamma2'), w('beta2'));
      }
      x = keep(b + 'output', x.slice());
    }
    if (config.final_norm) x = norm(x, 'final_norm', 'final_gamma', 'final_beta');
    const ends = values(config.tied_head ? 'embedding' : 'head'), bias = values('head_bias'), size = config.vocab_size;
    const logits = room('logits', rows * size);
    for (let row = begin; row < rows; row++) for (let id = 0; id < size; id++) {
      let sum = bias ? bias[id] : 0;
      for (let c = 0; c < d; c++) sum += x[row * d + c] * ends[id * d + c];
      logits[row * size + id] = sum;
    }
    keep('logits', logits);
    return made;
  }

  // at once, or a step at a time as long as it is wanted: then null where it is no longer
  return {
    run(ids, changes = () => {}) {
      for (const all = steps(ids, changes); ;) { const { done, value } = all.next(); if (done) return value; }
    },
    async runAwake(ids, changes = () => {}, wanted = () => true, known = null) {
      for (const all = steps(ids, changes, known); ;) {
        const { done, value } = all.next();
        if (done) return value;
        await awake();
        if (!wanted()) return null;
      }
    },
  };
}

// A pause, if the page has been busy for some milliseconds: so short runs one after the other leave it awake too.
let awakeAt = 0;
async function awake() { if (performance.now() - awakeAt > 12) { await nextTask(); awakeAt = performance.now(); } }

const nextTask = () => new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(null); });

// The largest distance of the page's own arithmetic from the run, over every tensor that is exact here.
async function checkModel(model) {
  const made = await model.runAwake(manifest.ids);
  let worst = 0, where = '';
  for (const name of packed.keys()) {
    await nextTask();
    const theirs = await tensor(name), mine = made[name];
    if (!mine) continue;
    for (let at = 0; at < mine.length; at++) {
      const there = theirs.values[at];
      if (!Number.isFinite(there)) continue;
      const distance = Math.abs(mine[at] - there) / Math.max(1, Math.abs(there));
      if (!(distance <= worst)) [worst, where] = [distance, name];
    }
  }
  return { worst, where, made };
}
