// All weights of a model as one wall of flat cells, drawn from a texture with one texel for each.

#import bevy_pbr::forward_io::VertexOutput
#ifdef STORED_SRGB
#import orrery::srgb::srgb_from_linear
#endif

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var cells: texture_2d<f32>;

// The gap between cells, in parts of a cell, where cells are large enough to have one.
const GAP: f32 = 0.16;
// Linear colour of the frame of a cell that has changed most.
const CHANGED: vec3<f32> = vec3<f32>(1.0, 0.93, 0.78);

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    let size = textureDimensions(cells);
    let place = in.uv * vec2<f32>(size);
    // cells in a pixel
    let pixel = fwidth(place);
    let cell = vec2<u32>(clamp(place, vec2<f32>(0.0), vec2<f32>(size) - 1.0));
    let texel = textureLoad(cells, cell, 0);
    if texel.a == 0.0 {
        discard;
    }
    let from_centre = abs(fract(place) - 0.5) * 2.0;
    let outwards = max(from_centre.x, from_centre.y);
    // 0 where a cell has fewer than 3 pixels, 1 from 6 on
    let large = clamp(2.0 - max(pixel.x, pixel.y) * 6.0, 0.0, 1.0);
    let gap = large * step(1.0 - GAP, outwards);
    let frame = large * step(1.0 - 3.0 * GAP, outwards) * (1.0 - gap);
    let change = (texel.a * 255.0 - 1.0) / 254.0;
    var colour = mix(texel.rgb, CHANGED, frame * change * 0.8);
    colour = mix(colour, texel.rgb * 0.12, gap);
#ifdef STORED_SRGB
    colour = srgb_from_linear(colour);
#endif
    return vec4<f32>(colour, 1.0);
}
