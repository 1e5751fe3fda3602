//! The two quality presets. They differ in effects, never in content.

use bevy::{
    camera::{CompositingSpace, Hdr},
    core_pipeline::tonemapping::{DebandDither, Tonemapping},
    post_process::bloom::{Bloom, BloomCompositeMode, BloomPrefilter},
    prelude::*,
};
use clap::ValueEnum;
use orrery_draw::CellDetail;

/// What the user asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ValueEnum)]
pub enum QualityChoice {
    /// `full` on a graphics processor, `software` where the processor itself draws.
    #[default]
    Auto,
    /// Smooth edges, bloom, specular and rim light.
    Full,
    /// The same picture with fewer effects, for a software rasterizer.
    Software,
}

impl QualityChoice {
    /// The preset for this adapter.
    pub fn resolve(self, device_type: wgpu::DeviceType) -> Quality {
        match (self, device_type) {
            (QualityChoice::Full, _) => Quality::Full,
            (QualityChoice::Software, _) | (QualityChoice::Auto, wgpu::DeviceType::Cpu) => {
                Quality::Software
            }
            (QualityChoice::Auto, _) => Quality::Full,
        }
    }
}

/// The preset in use.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quality {
    /// 4 samples a pixel, high dynamic range, bloom on what glows, specular and rim light.
    Full,
    /// One sample a pixel, no bloom, a leaner cell shader.
    Software,
}

impl Quality {
    /// Samples per pixel.
    pub fn msaa(self) -> Msaa {
        match self {
            Quality::Full => Msaa::Sample4,
            Quality::Software => Msaa::Off,
        }
    }

    /// How much light the cell shader computes.
    pub fn cell_detail(self) -> CellDetail {
        match self {
            Quality::Full => CellDetail::Full,
            Quality::Software => CellDetail::Software,
        }
    }

    /// Bloom, where the preset has it: only what is brighter than the threshold scatters, so that a
    /// colour below it stays the colour of the legend.
    pub fn bloom(self) -> Option<Bloom> {
        match self {
            Quality::Full => Some(Bloom {
                intensity: 0.16,
                low_frequency_boost: 0.5,
                low_frequency_boost_curvature: 0.9,
                prefilter: BloomPrefilter {
                    threshold: 0.55,
                    threshold_softness: 0.4,
                },
                composite_mode: BloomCompositeMode::Additive,
                ..Bloom::NATURAL
            }),
            Quality::Software => None,
        }
    }

    /// Gives a camera entity what the preset asks for, replacing what another preset had given it.
    /// Colours are not tone-mapped: a value's colour is the same in the picture and in the legend.
    pub fn apply_to_camera(self, camera: &mut EntityCommands) {
        camera.insert((self.msaa(), Tonemapping::None, DebandDither::Disabled));
        match self.bloom() {
            Some(bloom) => camera.insert(bloom),
            None => camera.remove::<(Bloom, Hdr)>(),
        };
        match self {
            Quality::Full => camera.remove::<CompositingSpace>(),
            Quality::Software => camera.insert(CompositingSpace::Srgb),
        };
    }
}

/// Samples per pixel instead of the preset's, where somebody asks for it: 1, 2, 4 or 8.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SamplesPerPixel(pub Option<u32>);

impl SamplesPerPixel {
    /// The samples that the camera takes.
    pub fn msaa(self, quality: Quality) -> Msaa {
        match self.0 {
            None => quality.msaa(),
            Some(8..) => Msaa::Sample8,
            Some(4..) => Msaa::Sample4,
            Some(2..) => Msaa::Sample2,
            Some(_) => Msaa::Off,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_follows_the_adapter_and_a_choice_overrules_it() {
        use wgpu::DeviceType::{Cpu, DiscreteGpu, IntegratedGpu};
        assert_eq!(QualityChoice::Auto.resolve(Cpu), Quality::Software);
        assert_eq!(QualityChoice::Auto.resolve(DiscreteGpu), Quality::Full);
        assert_eq!(QualityChoice::Auto.resolve(IntegratedGpu), Quality::Full);
        assert_eq!(QualityChoice::Full.resolve(Cpu), Quality::Full);
        assert_eq!(
            QualityChoice::Software.resolve(DiscreteGpu),
            Quality::Software
        );
    }
}
