// A whole matrix as one flat panel: three faces of a slim box, on which the fragment shader finds the
// cell, reads its packed look and draws it. However many cells there are, it costs what its pixels cost.
//
// Where cells are smaller than a few pixels, averages of 2 × 2, 4 × 4, … cells are read instead, so that
// nothing shimmers. SOFTWARE leaves out the bevel's light and nothing else.

#import bevy_pbr::{mesh_functions, mesh_view_bindings::view}

// The packed look of a cell. The Rust side of these numbers is orrery-draw's `bits`.
const GLOW_SHIFT: u32 = 24u;
const GLOW_MAX: u32 = 15u;
const STYLE_SHIFT: u32 = 28u;
const STYLE_MASK: u32 = 3u;
const STYLE_MASKED: u32 = 1u;
const STYLE_GHOST: u32 = 2u;
const HIGHLIGHTED_BIT: u32 = 30u;
const DIMMED_BIT: u32 = 31u;

// Words before a panel's cells; the Rust side is orrery-draw's `flat_panel`.
const HEADER_WORDS: u32 = 8u;
// What a panel is: cells, or one beam of light.
const KIND_BEAM: u32 = 1u;

const KEY_LIGHT: vec3<f32> = vec3<f32>(-0.30, 0.45, 0.84);
const KEY_STRENGTH: f32 = 0.762;
const AMBIENT: f32 = 0.36;
// Half the gap between two cells, in cells, where they are large; where they are small there is none, as
// between cubes.
const GAP: f32 = 0.06;
const DIMMING: f32 = 0.22;
// sRGB: what lies under the cells, a place where a number will be, and a beam before its light comes.
const PLATE: vec3<f32> = vec3<f32>(0.040, 0.044, 0.060);
const EMPTY_PLATE: vec3<f32> = vec3<f32>(0.062, 0.070, 0.098);
const DOT: vec3<f32> = vec3<f32>(0.24, 0.27, 0.34);
const DARK_BEAM: vec3<f32> = vec3<f32>(0.17, 0.20, 0.27);
const RIM: vec3<f32> = vec3<f32>(1.0, 0.86, 0.62);

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<storage, read> words: array<u32>;

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    // face * 4 + corner
    @location(0) corner: u32,
}

struct VertexOutput {
    @builtin(position) position: vec4<f32>,
    // Column and row, with the place within the cell.
    @location(0) cell: vec2<f32>,
    // The same along the two axes of the face: on a side the second runs through the panel's depth.
    @location(1) grid: vec2<f32>,
    // Begin of the cells, columns, rows, kind.
    @location(2) @interpolate(flat) panel: vec4<u32>,
    // Share that is made, brightness, glow, light on the face.
    @location(3) @interpolate(flat) look: vec4<f32>,
    // Cells along both axes of the face; the key light along them.
    @location(4) @interpolate(flat) face: vec4<f32>,
    // 1 on a side; length of a beam.
    @location(5) @interpolate(flat) shape: vec2<f32>,
}

@vertex
fn vertex(in: Vertex) -> VertexOutput {
    var out: VertexOutput;
    let begin = mesh_functions::get_tag(in.instance_index);
    let rows = f32(words[begin]);
    let columns = f32(words[begin + 1u]);
    let kind = words[begin + 5u];

    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    let centre = world_from_local[3].xyz;
    let axes = array<vec3<f32>, 3>(
        world_from_local[0].xyz,
        world_from_local[1].xyz,
        world_from_local[2].xyz,
    );
    let orthographic = view.clip_from_view[3][3] == 1.0;
    let to_eye = select(view.world_position - centre, view.world_from_view[2].xyz, orthographic);
    let reach = vec3<f32>(dot(to_eye, axes[0]), dot(to_eye, axes[1]), dot(to_eye, axes[2]));
    let turn = select(vec3<f32>(-1.0), vec3<f32>(1.0), reach >= vec3<f32>(0.0));
    let squared = vec3<f32>(dot(axes[0], axes[0]), dot(axes[1], axes[1]), dot(axes[2], axes[2]));
    let seen = abs(reach) > select(vec3<f32>(0.5), vec3<f32>(0.0), orthographic) * squared;

    // The faces point along x, y and z; the first two are the panel's sides.
    let face = in.corner / 4u;
    let u = f32(in.corner & 1u) - 0.5;
    let v = f32((in.corner >> 1u) & 1u) - 0.5;
    var place: vec3<f32>;
    var along_u: vec3<f32>;
    var along_v: vec3<f32>;
    var outward: vec3<f32>;
    var shown: bool;
    if face == 0u {
        place = vec3<f32>(0.5 * turn.x, u, v);
        outward = axes[0] * turn.x;
        along_u = -axes[1];
        along_v = axes[2];
        shown = seen.x;
    } else if face == 1u {
        place = vec3<f32>(u, 0.5 * turn.y, v);
        outward = axes[1] * turn.y;
        along_u = axes[0];
        along_v = axes[2];
        shown = seen.y;
    } else {
        place = vec3<f32>(u, v, 0.5 * turn.z);
        outward = axes[2] * turn.z;
        along_u = axes[0];
        along_v = -axes[1];
        shown = seen.z;
    }
    let world = centre + select(0.0, 1.0, shown)
        * (place.x * axes[0] + place.y * axes[1] + place.z * axes[2]);
    out.position = view.clip_from_world * vec4<f32>(world, 1.0);

    let size = vec2<f32>(columns, rows);
    let cell = vec2<f32>(place.x + 0.5, 0.5 - place.y) * size;
    out.cell = clamp(cell, vec2<f32>(0.0), size);
    if face == 0u {
        // within the last column, not on its edge
        out.cell.x = clamp(cell.x, 0.5, columns - 0.5);
        out.grid = vec2<f32>(cell.y, v + 0.5);
        out.face = vec4<f32>(rows, 1.0, 0.0, 0.0);
    } else if face == 1u {
        out.cell.y = clamp(cell.y, 0.5, rows - 0.5);
        out.grid = vec2<f32>(cell.x, v + 0.5);
        out.face = vec4<f32>(columns, 1.0, 0.0, 0.0);
    } else {
        out.grid = cell;
        out.face = vec4<f32>(size, 0.0, 0.0);
    }
    let key = view.world_from_view[0].xyz * KEY_LIGHT.x
        + view.world_from_view[1].xyz * KEY_LIGHT.y
        + view.world_from_view[2].xyz * KEY_LIGHT.z;
    out.face.z = dot(key, normalize(along_u));
    out.face.w = dot(key, normalize(along_v));
    // The front face is lit in full, whatever the view, so that its colours are those of the legend.
    let lit = AMBIENT + KEY_STRENGTH * max(dot(key, normalize(outward)), 0.0);
    out.panel = vec4<u32>(begin + HEADER_WORDS, u32(columns), u32(rows), kind);
    out.look = vec4<f32>(
        bitcast<f32>(words[begin + 2u]),
        bitcast<f32>(words[begin + 3u]),
        bitcast<f32>(words[begin + 4u]),
        select(min(lit, 1.0), 1.0, face == 2u),
    );
    out.shape = vec2<f32>(select(1.0, 0.0, face == 2u), sqrt(squared.x));
    return out;
}

#ifdef STORED_SRGB
// The picture holds sRGB numbers: colours are taken as they are, light is bent instead.
fn colour_of(srgb: vec3<f32>) -> vec3<f32> {
    return srgb;
}
fn light_of(light: f32) -> f32 {
    return sqrt(light);
}
#else
fn colour_of(srgb: vec3<f32>) -> vec3<f32> {
    let low = srgb / 12.92;
    let high = pow((srgb + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, low, srgb <= vec3<f32>(0.04045));
}
fn light_of(light: f32) -> f32 {
    return light;
}
#endif

// The word of the cell at a level of averages: 0 is the cell itself.
fn word_at(panel: vec4<u32>, cell: vec2<u32>, level: u32) -> u32 {
    var begin = panel.x;
    var columns = panel.y;
    var rows = panel.z;
    for (var i = 0u; i < level; i += 1u) {
        begin += columns * rows;
        columns = (columns + 1u) / 2u;
        rows = (rows + 1u) / 2u;
    }
    let at = min(cell >> vec2<u32>(level), vec2<u32>(columns - 1u, rows - 1u));
    return words[begin + at.y * columns + at.x];
}

fn beam(in: VertexOutput) -> vec3<f32> {
    let along = in.cell.x / f32(in.panel.y);
    let lit = in.look.x - along;
    let light = colour_of(unpack4x8unorm(words[in.panel.x]).xyz);
    if lit <= 0.0 || in.look.x <= 0.0 {
        return colour_of(DARK_BEAM) * light_of(0.45 + 0.55 * in.look.w);
    }
    // white-hot where the data is
    let head = exp(-lit * in.shape.y * 0.30) * f32(in.look.x < 1.0);
    let hot = mix(light, vec3<f32>(1.0), 0.85 * head);
    return hot * light_of((0.75 + 0.25 * in.look.w) * (1.0 + 0.8 * in.look.z + 1.2 * head));
}

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    // cells a pixel spans, along both axes of the face
    let span = max(fwidth(in.grid), vec2<f32>(1e-5));
    if in.panel.w == KIND_BEAM {
        return vec4<f32>(beam(in), 1.0);
    }
    let coarse = select(max(span.x, span.y), span.x, in.shape.x > 0.5);
    let most = f32(firstLeadingBit(max(in.panel.y, in.panel.z)));
    let level = clamp(log2(coarse * 2.0), 0.0, most);
    let fine = u32(level);
    let cell = min(vec2<u32>(in.cell), in.panel.yz - 1u);
    let word = word_at(in.panel, cell, fine);
    let style = (word >> STYLE_SHIFT) & STYLE_MASK;
    var colour = colour_of(unpack4x8unorm(word).xyz);
    var glow = f32((word >> GLOW_SHIFT) & GLOW_MAX) / f32(GLOW_MAX);
    let part = level - f32(fine);
    if part > 0.02 {
        let wide = word_at(in.panel, cell, min(fine + 1u, u32(most)));
        colour = mix(colour, colour_of(unpack4x8unorm(wide).xyz), part);
    }

    // What is made of it, from the left in a slanting wave with a bright front.
    let size = vec2<f32>(in.panel.yz);
    let order = (f32(cell.x) + 0.3 * f32(cell.y) + 0.5) / (size.x + 0.3 * size.y);
    let there = saturate((in.look.x * 1.1 - order) * 10.0);
    let front = 4.0 * there * (1.0 - there);
    let within = fract(in.grid) - 0.5;
    let from_middle = abs(within);
    let pixels = 1.0 / coarse;

    // Masked: diagonal hatching, grey where it would be too fine.
    if style == STYLE_MASKED {
        let wave = abs(fract((within.x + within.y) * 2.5) - 0.5) * 2.0;
        let softness = clamp(5.0 * coarse, 0.02, 0.5);
        colour *= light_of(mix(0.08, 0.6, smoothstep(0.5 - softness, 0.5 + softness, wave)));
    }
    glow = max(glow, max(in.look.z, front));
    let highlighted = f32((word >> HIGHLIGHTED_BIT) & 1u);
    let dimmed = f32((word >> DIMMED_BIT) & 1u) * (1.0 - highlighted);
    colour *= light_of(in.look.y * mix(1.0, DIMMING, dimmed));
    colour = mix(colour, vec3<f32>(1.0), 0.15 * front) * light_of(1.0 + 0.7 * glow) + 0.012 * glow;

    var light = in.look.w;
#ifndef SOFTWARE
    // bevelled edges, where there is room for them
    let bend = saturate((from_middle - 0.34) * 6.0) * saturate(pixels * 0.15 - 0.5);
    light += 0.30 * dot(bend * bend * sign(within), in.face.zw) * (1.0 - 0.5 * in.shape.x);
#endif
    // a place where a number will be: a faint dot
    let dot_size = saturate((0.15 - length(within)) * pixels + 0.5) * saturate(pixels * 0.3 - 0.6);
    let empty = mix(colour_of(EMPTY_PLATE), colour_of(DOT), max(dot_size, 0.12));
    let ghost = max(1.0 - there, f32(style == STYLE_GHOST));
    colour = mix(colour, empty, ghost);

    // the gap between cells, where it is not finer than the pixels
    let inside = saturate((0.5 - GAP - from_middle) / span + 0.5);
    let edged = inside.x * select(inside.y, 1.0, in.shape.x > 0.5);
    let covered = mix(1.0, edged, saturate(pixels * 0.2 - 0.8));
    colour = mix(colour_of(PLATE), colour * light_of(max(light, 0.05)), mix(covered, 1.0, ghost));

    // what acts has a rim
    let edge = min(in.grid, in.face.xy - in.grid) / span;
    let rim = saturate(1.7 - min(edge.x, edge.y)) * saturate(in.look.z * 1.4) * (1.0 - in.shape.x);
    colour = mix(colour, colour_of(RIM) * light_of(1.0 + 0.5 * in.look.z), max(rim, highlighted * rim));
    return vec4<f32>(colour, 1.0);
}
