// Between sRGB and linear light without powers, which are slow on a software rasterizer. The coefficients
// are a fit of ours to the standard's curves (IEC 61966-2-1): an sRGB value is nowhere off by more than a
// tenth of 1/255.
#define_import_path orrery::srgb

fn srgb_from_linear(colour: vec3<f32>) -> vec3<f32> {
    let root = sqrt(colour);
    let high = 0.83372883 * root + 0.2981342 * sqrt(root) - 0.05531403 * colour - 0.07691014;
    return select(high, colour * 12.92, colour < vec3<f32>(0.0031308));
}

fn linear_from_srgb(colour: vec3<f32>) -> vec3<f32> {
    let base = colour / 1.055 + 0.055 / 1.055;
    let high = base * base * (0.07957499 + 1.05465863 * sqrt(base) - 0.13473839 * base);
    return select(high, colour / 12.92, colour < vec3<f32>(0.04045));
}
