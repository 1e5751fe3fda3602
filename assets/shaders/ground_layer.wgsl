// The ground under a picture whose free parts are clear: one pass over the whole frame.

#import bevy_core_pipeline::fullscreen_vertex_shader::FullscreenVertexOutput
#import orrery::ground::{Ground, ground_colour}

struct GroundLayer {
    ground: Ground,
    world_from_clip: mat4x4<f32>,
    // The camera's place, and 1 where the projection is orthographic.
    camera: vec4<f32>,
    forward: vec4<f32>,
}

@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var picture_sampler: sampler;
@group(0) @binding(2) var<uniform> layer: GroundLayer;

@fragment
fn fragment(in: FullscreenVertexOutput) -> @location(0) vec4<f32> {
    let above = textureSample(picture, picture_sampler, in.uv);
    let corner = vec2<f32>(in.uv.x * 2.0 - 1.0, 1.0 - in.uv.y * 2.0);
    let near = layer.world_from_clip * vec4<f32>(corner, 1.0, 1.0);
    let origin = near.xyz / near.w;
    let direction = select(origin - layer.camera.xyz, layer.forward.xyz, layer.camera.w > 0.5);
    let below = ground_colour(layer.ground, origin, direction, 0.5 + 0.5 * corner.y, in.position.xy);
    // what is smoothed against nothing is darker by its coverage already
    return vec4<f32>(above.rgb + below * (1.0 - above.a), 1.0);
}
