// The ground of every picture: a dark vertical gradient and a faint grid on the floor.
// It is drawn behind everything by one triangle that covers the frame.

#import bevy_pbr::mesh_view_bindings::view

struct Ground {
    // Height of the floor, width of a grid field, how far the grid is seen (all in world units).
    floor: f32,
    field: f32,
    reach: f32,
    // 1 / 255 where the gradient is dithered against banding, else 0.
    dither: f32,
}
@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> ground: Ground;

// Linear colours.
const TOP: vec3<f32> = vec3<f32>(0.0016, 0.0018, 0.0030);
const BOTTOM: vec3<f32> = vec3<f32>(0.0052, 0.0062, 0.0100);
const GRID: vec3<f32> = vec3<f32>(0.016, 0.020, 0.030);

struct VertexOutput {
    @builtin(position) position: vec4<f32>,
    // Where the ray of a pixel starts, and its height on the picture, 0 to 1.
    @location(0) origin: vec4<f32>,
    @location(1) direction: vec3<f32>,
}

@vertex
fn vertex(@location(0) corner: vec3<f32>) -> VertexOutput {
    var out: VertexOutput;
    // Depth 0 is infinitely far.
    out.position = vec4<f32>(corner.xy, 0.0, 1.0);
    let near = view.world_from_clip * vec4<f32>(corner.xy, 1.0, 1.0);
    let origin = near.xyz / near.w;
    let orthographic = view.clip_from_view[3][3] == 1.0;
    out.origin = vec4<f32>(origin, 0.5 + 0.5 * corner.y);
    out.direction = select(origin - view.world_position, -view.world_from_view[2].xyz, orthographic);
    return out;
}

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    var colour = mix(BOTTOM, TOP, smoothstep(0.0, 1.0, in.origin.w));

    let steps = (ground.floor - in.origin.y) / in.direction.y;
    let place = (in.origin.xz + in.direction.xz * steps) / ground.field;
    let pixel = max(fwidth(place), vec2<f32>(1e-5));
    let distance_to_line = abs(fract(place - 0.5) - 0.5);
    let lines = clamp(1.2 - distance_to_line / pixel, vec2<f32>(0.0), vec2<f32>(1.0));
    // Where lines are closer than pixels they turn into an even haze.
    let density = clamp(1.0 - pixel * 2.0, vec2<f32>(0.0), vec2<f32>(1.0));
    let away = length(in.direction * steps) / ground.reach;
    let seen = f32(steps > 0.0) * clamp(1.0 - away, 0.0, 1.0);
    colour += GRID * max(lines.x * density.x, lines.y * density.y) * seen * seen;

    let noise = fract(52.9829189 * fract(dot(in.position.xy, vec2<f32>(0.06711056, 0.00583715)))) - 0.5;
    // The step between two 8-bit values is about a tenth as large in linear light this far down.
    colour += vec3<f32>(noise * ground.dither * 0.1);
    return vec4<f32>(colour, 1.0);
}
