// The last pass over a picture: the ground (a dark vertical gradient and a faint grid on the floor) under
// all that was drawn, which is premultiplied by its coverage.

#ifdef STORED_SRGB
#import orrery::srgb::linear_from_srgb
#endif

// The Rust side is orrery's `render::ground::Ground`.
struct Ground {
    across: vec3<f32>,
    dither: f32,
    along: vec3<f32>,
    nothing: f32,
    w: vec3<f32>,
    reserved_w: f32,
    away: vec3<f32>,
    reserved_away: f32,
}

@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var<uniform> ground: Ground;

// Linear colours.
const TOP: vec3<f32> = vec3<f32>(0.0016, 0.0018, 0.0030);
const BOTTOM: vec3<f32> = vec3<f32>(0.0052, 0.0062, 0.0100);
const GRID: vec3<f32> = vec3<f32>(0.016, 0.020, 0.030);

struct VertexOutput {
    @builtin(position) position: vec4<f32>,
    // The floor's homogeneous coordinates: across, along, w; and away.
    @location(0) floor_point: vec4<f32>,
    // Height on the picture, 0 to 1.
    @location(1) height: f32,
}

@vertex
fn vertex(@builtin(vertex_index) vertex_index: u32) -> VertexOutput {
    // One triangle that covers the frame.
    let corner = vec2<f32>(f32(vertex_index & 1u), f32(vertex_index >> 1u)) * 4.0 - 1.0;
    let at = vec3<f32>(corner, 1.0);
    var out: VertexOutput;
    out.position = vec4<f32>(corner, 0.0, 1.0);
    out.floor_point = vec4<f32>(
        dot(ground.across, at),
        dot(ground.along, at),
        dot(ground.w, at),
        dot(ground.away, at),
    );
    out.height = 0.5 + 0.5 * corner.y;
    return out;
}

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    let above = textureLoad(picture, vec2<i32>(in.position.xy), 0);

    let nearness = 1.0 / max(in.floor_point.z, 1e-6);
    let place = in.floor_point.xy * nearness;
    let pixel = max(fwidth(place), vec2<f32>(1e-5));
    let distance_to_line = abs(fract(place - 0.5) - 0.5);
    let lines = saturate(1.2 - distance_to_line / pixel);
    // Where lines are closer than pixels they turn into an even haze.
    let density = saturate(1.0 - pixel * 2.0);
    let shown = max(lines.x * density.x, lines.y * density.y);
    let away = in.floor_point.w * nearness;
    let fade = select(0.0, saturate(1.0 - away), in.floor_point.z > 0.0 && away >= 0.0);

    let height = in.height * in.height * (3.0 - 2.0 * in.height);
    let noise = fract(52.9829189 * fract(dot(in.position.xy, vec2<f32>(0.06711056, 0.00583715)))) - 0.5;
    // The step between two 8-bit values is about a tenth as large in linear light this far down.
    let below = BOTTOM + (TOP - BOTTOM) * height + GRID * (shown * fade * fade) + noise * ground.dither * 0.1;
#ifdef STORED_SRGB
    let covering = linear_from_srgb(above.rgb);
#else
    let covering = above.rgb;
#endif
    if ground.nothing > 0.0 {
        return vec4<f32>(covering, above.a);
    }
    return vec4<f32>(covering + below * (1.0 - above.a), 1.0);
}
