// One cell of a matrix: a bevelled cube in the colour of its value.
//
// Many cells are drawn together as one panel: an array in a storage buffer says where each is and how it
// looks.
//
// Only the three faces that can be seen are drawn: the mesh is half a cube, and each instance turns
// that half towards the eye. A PLATE is only the one of them that looks at the viewer most, in one colour:
// for cells of few pixels. SOFTWARE leaves out specular and rim light, nothing else.

#import bevy_pbr::{mesh_functions, mesh_view_bindings::view}

// The packed look. The Rust side of these numbers is orrery-draw's `bits`.
const GLOW_SHIFT: u32 = 24u;
const GLOW_MAX: u32 = 15u;
const STYLE_SHIFT: u32 = 28u;
const STYLE_MASK: u32 = 3u;
const STYLE_MASKED: u32 = 1u;
const STYLE_GHOST: u32 = 2u;
const HIGHLIGHTED_BIT: u32 = 30u;
const DIMMED_BIT: u32 = 31u;

// Corners of a half cube: three faces of four; and of a plate.
const CORNERS_PER_CUBE: u32 = 12u;
const CORNERS_PER_PLATE: u32 = 4u;
#ifdef PLATE
const CORNERS_PER_CELL: u32 = CORNERS_PER_PLATE;
// What is left of a masked cell's light when its hatching is too fine to be seen.
const MASKED_LIGHT: f32 = 0.34;
// Plates reach to their neighbours: gaps finer than pixels would be seen here and there.
const PLATE_FILL: f32 = 1.07;
#else
const CORNERS_PER_CELL: u32 = CORNERS_PER_CUBE;
#endif

// The key light stands over the viewer's left shoulder and moves with the viewer, so that a face
// that looks at the viewer always shows its value's colour: AMBIENT + KEY_STRENGTH * KEY_LIGHT.z = 1.
const KEY_LIGHT: vec3<f32> = vec3<f32>(-0.30, 0.45, 0.84);
const KEY_STRENGTH: f32 = 0.762;
const AMBIENT: f32 = 0.36;
// The sky gives a little more than the floor.
const AMBIENT_TILT: f32 = 0.08;
// Width of the bevel, as a part of the cell's shortest edge, and how far it bends the normal.
const BEVEL: f32 = 0.09;
const BEVEL_SLOPE: f32 = 0.95;
// How much a strong colour lights itself.
const SELF_LIGHT: f32 = 0.35;
#ifdef SOFTWARE
// A side that would be seen narrower than this, in pixels, is left out: on a software rasterizer it
// costs as much as a face.
const SLIVER: f32 = 2.2;
#endif
const GHOST_SIZE: f32 = 0.16;
const DIMMING: f32 = 0.22;

// One cell; the Rust side is orrery-draw's `GpuCell`.
struct PanelCell {
    axis_x: vec3<f32>,
    tag: u32,
    axis_y: vec3<f32>,
    reserved_y: u32,
    axis_z: vec3<f32>,
    reserved_z: u32,
    centre: vec3<f32>,
    reserved_centre: u32,
}
@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<storage, read> panel_cells: array<PanelCell>;

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    // cell * CORNERS_PER_CELL + face * 4 + corner
    @location(0) corner: u32,
}

#ifdef PLATE
struct VertexOutput {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) colour: vec3<f32>,
}
#else
struct VertexOutput {
    @builtin(position) position: vec4<f32>,
    // Place on the face, from its middle, in units of the cell's shortest edge.
    @location(0) face: vec2<f32>,
    // Half the face's size in the same units, 1 / width of the bevel, slope of the bevel.
    @location(1) @interpolate(flat) edge: vec4<f32>,
    // The key light in the face's own axes; ambient light.
    @location(2) @interpolate(flat) light: vec4<f32>,
    // Colour, as the picture stores it; the part of it that needs no light.
    @location(3) @interpolate(flat) colour: vec4<f32>,
    // Masked, highlighted: 0 or 1; pixels per unit of `face`.
    @location(4) @interpolate(flat) marks: vec3<f32>,
#ifndef SOFTWARE
    // The direction to the eye in the face's own axes.
    @location(5) @interpolate(flat) eye: vec3<f32>,
#endif
}
#endif

#ifdef STORED_SRGB
// The picture holds sRGB numbers as they are, and nothing here is converted: that costs more than all the
// rest on a software rasterizer. To dim light by a factor is to dim its sRGB number by about the 2.2th root of
// the factor, here within 2 % of it for factors from 0.1 to 1.3.
fn stored_factor(factor: f32) -> f32 {
    return sqrt(factor) * (1.06 - 0.06 * factor);
}

fn stored_colour(srgb: vec3<f32>) -> vec3<f32> {
    return srgb;
}
#else
fn stored_factor(factor: f32) -> f32 {
    return factor;
}

fn stored_colour(srgb: vec3<f32>) -> vec3<f32> {
    return linear_from_srgb(srgb);
}
#endif

fn linear_from_srgb(colour: vec3<f32>) -> vec3<f32> {
    let low = colour / 12.92;
    let high = pow((colour + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, low, colour <= vec3<f32>(0.04045));
}

@vertex
fn vertex(in: Vertex) -> VertexOutput {
    var out: VertexOutput;

    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    let corner = in.corner % CORNERS_PER_CELL;
    // The panel's tag says where its cells begin.
    let cell = panel_cells[mesh_functions::get_tag(in.instance_index) + in.corner / CORNERS_PER_CELL];
    let tag = cell.tag;
    var centre = (world_from_local * vec4<f32>(cell.centre, 1.0)).xyz;
    var axis_x = (world_from_local * vec4<f32>(cell.axis_x, 0.0)).xyz;
    var axis_y = (world_from_local * vec4<f32>(cell.axis_y, 0.0)).xyz;
    var axis_z = (world_from_local * vec4<f32>(cell.axis_z, 0.0)).xyz;

    let style = (tag >> STYLE_SHIFT) & STYLE_MASK;
    if style == STYLE_GHOST {
        axis_x *= GHOST_SIZE;
        axis_y *= GHOST_SIZE;
        axis_z *= GHOST_SIZE;
    }

    // Turn the half cube towards the eye.
    let orthographic = view.clip_from_view[3][3] == 1.0;
    let to_eye = select(view.world_position - centre, view.world_from_view[2].xyz, orthographic);
    let reach = vec3<f32>(dot(to_eye, axis_x), dot(to_eye, axis_y), dot(to_eye, axis_z));
    axis_x *= select(-1.0, 1.0, reach.x >= 0.0);
    axis_y *= select(-1.0, 1.0, reach.y >= 0.0);
    axis_z *= select(-1.0, 1.0, reach.z >= 0.0);
    let squared = vec3<f32>(dot(axis_x, axis_x), dot(axis_y, axis_y), dot(axis_z, axis_z));
    let lengths = sqrt(squared);
    let unit_x = axis_x / max(lengths.x, 1e-9);
    let unit_y = axis_y / max(lengths.y, 1e-9);
    let unit_z = axis_z / max(lengths.z, 1e-9);

#ifdef PLATE
    let facing = abs(reach) / max(lengths, vec3<f32>(1e-9));
    let face = select(
        select(1u, 0u, facing.x > facing.y),
        2u,
        facing.z >= max(facing.x, facing.y),
    );
#else
    let face = corner / 4u;
#endif
    let u = f32(corner & 1u) - 0.5;
    let v = f32((corner >> 1u) & 1u) - 0.5;
    // In each face's own axes the third points out of it.
    var place: vec3<f32>;
    var size: vec3<f32>;
    var along_u: vec3<f32>;
    var along_v: vec3<f32>;
    var outward: vec3<f32>;
    var seen: bool;
    let threshold = select(0.5, 0.0, orthographic) * squared;
    if face == 0u {
        place = vec3<f32>(0.5, u, v);
        size = lengths.yzx;
        along_u = unit_y;
        along_v = unit_z;
        outward = unit_x;
        seen = abs(reach.x) > threshold.x;
    } else if face == 1u {
        place = vec3<f32>(v, 0.5, u);
        size = lengths.zxy;
        along_u = unit_z;
        along_v = unit_x;
        outward = unit_y;
        seen = abs(reach.y) > threshold.y;
    } else {
        place = vec3<f32>(u, v, 0.5);
        size = lengths.xyz;
        along_u = unit_x;
        along_v = unit_y;
        outward = unit_z;
        seen = abs(reach.z) > threshold.z;
    }
#ifndef PLATE
    let depth = dot(view.clip_from_world * vec4<f32>(centre, 1.0), vec4<f32>(0.0, 0.0, 0.0, 1.0));
    let shortest = max(min(size.x, min(size.y, size.z)), 1e-9);
    let pixels = shortest * view.clip_from_view[1][1] * 0.5 * view.viewport.w / max(abs(depth), 1e-6);
#ifdef SOFTWARE
    let turned = abs(dot(to_eye, outward)) / max(length(to_eye), 1e-6);
    seen = seen && (turned > 0.6 || pixels * turned > SLIVER);
#endif
#endif
    // A face that looks away becomes a point, which draws nothing.
    place = select(vec3<f32>(0.0), place, seen);
#ifdef PLATE
    place *= PLATE_FILL;
#endif
    let world = centre + place.x * axis_x + place.y * axis_y + place.z * axis_z;
    out.position = view.clip_from_world * vec4<f32>(world, 1.0);

    let key = view.world_from_view[0].xyz * KEY_LIGHT.x
        + view.world_from_view[1].xyz * KEY_LIGHT.y
        + view.world_from_view[2].xyz * KEY_LIGHT.z;
#ifndef PLATE
    // The bevel is never thinner than a pixel: where it would be, it grows and flattens.
    let width = clamp(1.0 / pixels, BEVEL, 0.5);
    out.face = vec2<f32>(u * size.x, v * size.y) / shortest;
    out.edge = vec4<f32>(0.5 * size.xy / shortest, 1.0 / width, BEVEL_SLOPE * BEVEL / width);

    out.light = vec4<f32>(
        dot(key, along_u),
        dot(key, along_v),
        dot(key, outward),
        AMBIENT + AMBIENT_TILT * outward.y,
    );
#ifndef SOFTWARE
    let eye = normalize(to_eye);
    out.eye = vec3<f32>(dot(eye, along_u), dot(eye, along_v), dot(eye, outward));
#endif
#endif

    let packed = unpack4x8unorm(tag).xyz;
    let glow = f32((tag >> GLOW_SHIFT) & GLOW_MAX) / f32(GLOW_MAX);
    let strength = max(packed.x, max(packed.y, packed.z));
    let highlighted = f32((tag >> HIGHLIGHTED_BIT) & 1u);
    let dimmed = f32((tag >> DIMMED_BIT) & 1u) * (1.0 - highlighted);
    let base = stored_colour(packed) * stored_factor(mix(1.0, DIMMING, dimmed));
    // A pulse brightens the colour and at its height is white.
    let hot = mix(base, vec3<f32>(1.0), 0.75 * glow * glow) * stored_factor(1.0 + 0.6 * glow);
    let self_lit = mix(SELF_LIGHT * strength * strength, 1.0, glow);
    let masked = f32(style == STYLE_MASKED);
#ifdef PLATE
    let lit = AMBIENT + AMBIENT_TILT * outward.y + KEY_STRENGTH * max(dot(key, outward), 0.0);
    let shade = mix(lit, 1.0, self_lit) * mix(1.0, MASKED_LIGHT, masked);
    // a frame as of larger cells would be all there is to see
    out.colour = mix(hot * stored_factor(shade), stored_colour(vec3<f32>(0.96, 0.98, 1.0)), 0.4 * highlighted);
#else
    out.colour = vec4<f32>(hot, self_lit);
    out.marks = vec3<f32>(masked, highlighted, pixels);
#endif
    return out;
}

#ifdef PLATE
@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    return vec4<f32>(in.colour, 1.0);
}
#else
@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    // Bend the normal outwards near the edges.
    let bend = clamp(1.0 - (in.edge.xy - abs(in.face)) * in.edge.z, vec2<f32>(0.0), vec2<f32>(1.0));
    let slope = bend * bend * sign(in.face) * in.edge.w;
    let shorten = inverseSqrt(1.0 + dot(slope, slope));
    let lambert = max((dot(slope, in.light.xy) + in.light.z) * shorten, 0.0);
    let lit = in.light.w + KEY_STRENGTH * lambert;
    // Masked: diagonal hatching, softened to grey where it would be finer than the pixels.
    let wave = abs(fract((in.face.x + in.face.y) * 2.5) - 0.5) * 2.0;
    let softness = clamp(5.0 / in.marks.z, 0.02, 0.5);
    let stripe = smoothstep(0.5 - softness, 0.5 + softness, wave);
    let hatching = mix(1.0, mix(0.08, 0.6, stripe), in.marks.x);
    var colour = in.colour.rgb * stored_factor(mix(lit, 1.0, in.colour.w) * hatching);

#ifndef SOFTWARE
    let normal = vec3<f32>(slope, 1.0) * shorten;
    let half_way = normalize(in.light.xyz + in.eye);
    let highlight = pow(max(dot(normal, half_way), 0.0), 48.0);
    let grazing = 1.0 - max(dot(normal, in.eye), 0.0);
    let rim = grazing * grazing * grazing;
    colour += (0.10 * highlight + 0.14 * rim) * hatching * (in.colour.rgb + vec3<f32>(0.04, 0.05, 0.07));
#endif

    // Highlighted: a bright frame.
    let frame = clamp(max(bend.x, bend.y) * 2.0 - 0.2, 0.0, 1.0);
    colour = mix(colour, stored_colour(vec3<f32>(0.96, 0.98, 1.0)), frame * in.marks.y);
    return vec4<f32>(colour, 1.0);
}
#endif
