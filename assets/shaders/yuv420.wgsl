// A picture as Y′CbCr 4:2:0 of ITU-R BT.709 in limited range. Each pixel of the target holds four
// bytes of a row: the upper two thirds are luma, the rest is colour with Cb in the left half and Cr in
// the right one.

@group(0) @binding(0) var picture: texture_2d<f32>;

// Defined by who makes the pipeline: whether the picture must be encoded as sRGB after it was read.
override ENCODE: bool = false;

@vertex
fn cover(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
}

fn encoded(linear: vec3<f32>) -> vec3<f32> {
    let low = linear * 12.92;
    let high = 1.055 * pow(max(linear, vec3<f32>(0.0031308)), vec3<f32>(1.0 / 2.4)) - 0.055;
    return select(high, low, linear <= vec3<f32>(0.0031308));
}

fn colour(column: u32, row: u32) -> vec3<f32> {
    let last = textureDimensions(picture) - 1u;
    let found = textureLoad(picture, min(vec2<u32>(column, row), last), 0).rgb;
    if ENCODE {
        return encoded(found);
    }
    return found;
}

const BRIGHTNESS: vec3<f32> = vec3<f32>(0.2126, 0.7152, 0.0722);

fn luma(column: u32, row: u32) -> f32 {
    return (16.0 + 219.0 * dot(colour(column, row), BRIGHTNESS)) / 255.0;
}

// Mean of four pixels; `part` is 0 for Cb and 1 for Cr.
fn difference(column: u32, row: u32, part: u32) -> f32 {
    let x = column * 2u;
    let y = row * 2u;
    let mean = 0.25 * (colour(x, y) + colour(x + 1u, y) + colour(x, y + 1u) + colour(x + 1u, y + 1u));
    let bright = dot(mean, BRIGHTNESS);
    let blue = (mean.b - bright) / 1.8556;
    let red = (mean.r - bright) / 1.5748;
    return (128.0 + 224.0 * select(blue, red, part == 1u)) / 255.0;
}

// The upper two thirds. The two parts are drawn for themselves: a software rasterizer goes through both sides of
// every branch.
@fragment
fn convert_luma(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let at = vec2<u32>(position.xy);
    let column = at.x * 4u;
    return vec4<f32>(
        luma(column, at.y),
        luma(column + 1u, at.y),
        luma(column + 2u, at.y),
        luma(column + 3u, at.y),
    );
}

@fragment
fn convert_colour(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let at = vec2<u32>(position.xy);
    let size = textureDimensions(picture);
    // four bytes in each pixel, two halves of equal size
    let half = (size.x + 7u) / 8u;
    let part = select(0u, 1u, at.x >= half);
    let column = (at.x - part * half) * 4u;
    let row = at.y - size.y;
    return vec4<f32>(
        difference(column, row, part),
        difference(column + 1u, row, part),
        difference(column + 2u, row, part),
        difference(column + 3u, row, part),
    );
}
