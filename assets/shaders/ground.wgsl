// The ground of every picture: a dark vertical gradient and a faint grid on the floor.
#define_import_path orrery::ground

struct Ground {
    // Height of the floor, width of a grid field, how far the grid is seen (all in world units).
    floor: f32,
    field: f32,
    reach: f32,
    // 1 / 255 where the gradient is dithered against banding, else 0.
    dither: f32,
}

// Linear colours.
const TOP: vec3<f32> = vec3<f32>(0.0016, 0.0018, 0.0030);
const BOTTOM: vec3<f32> = vec3<f32>(0.0052, 0.0062, 0.0100);
const GRID: vec3<f32> = vec3<f32>(0.016, 0.020, 0.030);

// The ground's linear colour along a ray. `height` is the pixel's height on the picture, 0 to 1.
fn ground_colour(
    ground: Ground,
    origin: vec3<f32>,
    direction: vec3<f32>,
    height: f32,
    pixel_position: vec2<f32>,
) -> vec3<f32> {
    var colour = mix(BOTTOM, TOP, smoothstep(0.0, 1.0, height));

    let steps = (ground.floor - origin.y) / direction.y;
    let place = (origin.xz + direction.xz * steps) / ground.field;
    let pixel = max(fwidth(place), vec2<f32>(1e-5));
    let distance_to_line = abs(fract(place - 0.5) - 0.5);
    let lines = clamp(1.2 - distance_to_line / pixel, vec2<f32>(0.0), vec2<f32>(1.0));
    // Where lines are closer than pixels they turn into an even haze.
    let density = clamp(1.0 - pixel * 2.0, vec2<f32>(0.0), vec2<f32>(1.0));
    let away = length(direction * steps) / ground.reach;
    let seen = f32(steps > 0.0) * clamp(1.0 - away, 0.0, 1.0);
    colour += GRID * max(lines.x * density.x, lines.y * density.y) * seen * seen;

    let noise = fract(52.9829189 * fract(dot(pixel_position, vec2<f32>(0.06711056, 0.00583715)))) - 0.5;
    // The step between two 8-bit values is about a tenth as large in linear light this far down.
    return colour + vec3<f32>(noise * ground.dither * 0.1);
}
