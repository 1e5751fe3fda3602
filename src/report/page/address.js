// Addresses, as on the command line: block0.attention.1[3,2], or h0.att.1[3,2]; counted from 0.

const shortNames = {
  norm1: 'ln_1', q: 'q', k: 'k', v: 'v', scores: 'scores', attention: 'att', head_output: 'head_out', concat: 'concat',
  attention_output: 'attn_out', residual1: 'resid_mid', norm2: 'ln_2', ffn_pre_activation: 'fc', ffn_hidden: 'gelu',
  ffn_output: 'mlp_out', residual2: 'resid_post',
};
const wholeNames = { tok_emb: 'token_embedding', pos_emb: 'position_embedding', x0: 'embedded', ln_f: 'final_norm', probs: 'probabilities' };

function canonicalName(name) {
  if (packed.has(name)) return name;
  if (wholeNames[name]) return wholeNames[name];
  const block = /^h(0|[1-9]\d*)\.(.+)$/.exec(name);
  if (!block) return null;
  const ours = Object.keys(shortNames).find((key) => shortNames[key] === block[2]);
  return ours ? `block${block[1]}.${ours}` : null;
}

const index = (text) => {
  const trimmed = text.trim();
  if (trimmed === '*' || trimmed === 'last') return trimmed;
  return /^(0|[1-9]\d*)$/.test(trimmed) ? Number(trimmed) : null;
};

// {tensor, head, row, column} with row and column a number or '*'; null for what is no address here.
function parseAddress(text) {
  const found = /^([^[\]]+)(?:\[([^,[\]]+)(?:,([^,[\]]+))?\])?$/.exec(text.trim());
  if (!found) return null;
  let name = found[1], head = null;
  const divided = /^(.+)\.(0|[1-9]\d*)$/.exec(name);
  if (divided) [, name, head] = [null, divided[1], Number(divided[2])];
  const tensorName = canonicalName(name);
  if (!tensorName || !packed.has(tensorName)) return null;
  const shape = packed.get(tensorName).shape;
  const divides = shape.length === 3 || /\.(q|k|v|concat)$/.test(tensorName);
  if (head !== null && (!divides || head >= heads)) return null;
  const rows = shape.length === 3 ? shape[1] : shape[0];
  const columns = shape.length === 1 ? 1 : shape.length === 2 && head !== null ? dHead : shape.at(-1);
  let row = found[2] === undefined ? '*' : index(found[2]), column = found[3] === undefined ? '*' : index(found[3]);
  if (row === null || column === null) return null;
  if (row === 'last') row = rows - 1;
  if (column === 'last') column = columns - 1;
  if (row !== '*' && row >= rows || column !== '*' && column >= columns) return null;
  return { tensor: tensorName, head, row, column };
}

function formatAddress({ tensor, head, row, column }) {
  const part = head === null || head === undefined ? '' : '.' + head;
  return row === '*' && column === '*' ? tensor + part : `${tensor}${part}[${row},${column}]`;
}
