// The ground, drawn behind everything by one triangle that covers the frame.

#import bevy_pbr::mesh_view_bindings::view
#import orrery::ground::{Ground, ground_colour}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> ground: Ground;

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
    let colour = ground_colour(ground, in.origin.xyz, in.direction, in.origin.w, in.position.xy);
    return vec4<f32>(colour, 1.0);
}
