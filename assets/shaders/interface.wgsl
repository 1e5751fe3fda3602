// The window's panels. The same picture as bevy_egui's own shader makes, at a fraction of its cost on a
// software rasterizer: there powers are slow, and panels cover many pixels with one colour.

#import orrery::srgb::{linear_from_srgb, srgb_from_linear}

struct Transform {
    scale: vec2<f32>,
    translation: vec2<f32>,
}

struct VertexInput {
    @location(0) position: vec2<f32>,
    @location(1) uv: vec2<f32>,
    @location(2) colour: vec4<f32>,
}

struct VertexOutput {
    @builtin(position) position: vec4<f32>,
    @location(0) colour: vec4<f32>,
    @location(1) uv: vec2<f32>,
}

@group(0) @binding(0) var<uniform> transform: Transform;
@group(1) @binding(0) var image: texture_2d<f32>;
@group(1) @binding(1) var image_sampler: sampler;

@vertex
fn vs_main(in: VertexInput) -> VertexOutput {
    let position = in.position * transform.scale + transform.translation;
    return VertexOutput(vec4<f32>(position, 0.0, 1.0), in.colour, in.uv);
}

// egui means its colours to be multiplied as they are stored, in sRGB.
@fragment
fn fs_main(in: VertexOutput) -> @location(0) vec4<f32> {
    let texel = textureSample(image, image_sampler, in.uv);
    var colour = srgb_from_linear(texel.rgb) * in.colour.rgb;
#ifndef STORED_SRGB
    colour = linear_from_srgb(colour);
#endif
    return vec4<f32>(colour, texel.a * in.colour.a);
}
