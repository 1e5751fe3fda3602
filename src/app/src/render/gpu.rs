//! Is there anything to draw with? Asked before Bevy asks, because Bevy's answer to "no" is a panic.

use bevy::tasks::block_on;
use thiserror::Error;

/// There is no adapter.
#[derive(Clone, Debug, Error)]
#[error(
    "no graphics driver found: install one (on Debian `apt-get install mesa-vulkan-drivers`, which \
     also brings a software rasterizer){hint}"
)]
pub struct NoGpu {
    hint: String,
}

/// The adapter that will be drawn with, or an error that says what to install.
pub fn find_adapter() -> Result<wgpu::AdapterInfo, NoGpu> {
    let instance =
        wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let adapter = block_on(instance.request_adapter(&wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        ..Default::default()
    }));
    adapter
        .map(|adapter| adapter.get_info())
        .map_err(|_| NoGpu {
            hint: ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"]
                .iter()
                .find_map(|name| {
                    let value = std::env::var(name).ok()?;
                    Some(format!("; {name} is set to `{value}`, is that file there?"))
                })
                .unwrap_or_default(),
        })
}
