//! The materials of moving and of resting cells. Both use one shader, so that they look the same.

use bevy::{
    asset::uuid_handle,
    mesh::MeshVertexBufferLayoutRef,
    pbr::{MaterialPipeline, MaterialPipelineKey},
    prelude::*,
    render::{
        render_resource::{
            AsBindGroup, RenderPipelineDescriptor, ShaderType, SpecializedMeshPipelineError,
        },
        storage::ShaderBuffer,
    },
    shader::ShaderRef,
};
use orrery_plugin_api::{STORED_SRGB, stores_srgb};

use crate::cell_mesh::{ATTRIBUTE_CORNER, ATTRIBUTE_PLATE_CORNER};

/// The cell shader; it is part of the binary.
pub(crate) const CELL_SHADER: Handle<Shader> = uuid_handle!("6f5b8f0e-6f0c-4f6e-9d5e-5a0c7f1e2b41");

/// How much light a cell's shader computes. The content is the same in both.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CellDetail {
    /// Key and fill light, specular and rim light.
    #[default]
    Full,
    /// Key and fill light only: for rasterizers that run on the CPU.
    Software,
}

/// Where the stage as a whole stands: a point `p` of it is drawn at `scale · p + offset`. Only the flight
/// to the whole model moves it.
#[derive(Resource, ShaderType, Clone, Copy, Debug, PartialEq)]
pub struct StagePlace {
    /// World units.
    pub offset: Vec3,
    /// 1 in its own place.
    pub scale: f32,
}

impl Default for StagePlace {
    fn default() -> Self {
        Self {
            offset: Vec3::ZERO,
            scale: 1.0,
        }
    }
}

/// The material of every cell that is an entity: one instance for all, so that cells batch into one
/// draw. Colour and style travel in each entity's `MeshTag` (see `CellTag`).
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug, Default)]
#[bind_group_data(CellDetail)]
pub struct CellMaterial {
    /// How much light the shader computes.
    pub detail: CellDetail,
    /// Where the stage stands.
    #[uniform(1)]
    pub stage: StagePlace,
}

/// The material of the panels that draw resting cells, one instance for each page of them.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
#[bind_group_data(CellDetail)]
pub struct PanelMaterial {
    /// The cells of all panels of one page: an array of `PanelCell`, shape `[cells]`.
    #[storage(0, read_only, visibility(vertex))]
    pub cells: Handle<ShaderBuffer>,
    /// How much light the shader computes.
    pub detail: CellDetail,
    /// Where the stage stands.
    #[uniform(1)]
    pub stage: StagePlace,
}

impl From<&CellMaterial> for CellDetail {
    fn from(material: &CellMaterial) -> Self {
        material.detail
    }
}

impl From<&PanelMaterial> for CellDetail {
    fn from(material: &PanelMaterial) -> Self {
        material.detail
    }
}

impl Material for CellMaterial {
    fn vertex_shader() -> ShaderRef {
        CELL_SHADER.into()
    }

    fn fragment_shader() -> ShaderRef {
        CELL_SHADER.into()
    }

    fn enable_prepass() -> bool {
        false
    }

    fn enable_shadows() -> bool {
        false
    }

    fn specialize(
        _pipeline: &MaterialPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        layout: &MeshVertexBufferLayoutRef,
        key: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        specialize_cell(descriptor, layout, key.bind_group_data, false)
    }
}

impl Material for PanelMaterial {
    fn vertex_shader() -> ShaderRef {
        CELL_SHADER.into()
    }

    fn fragment_shader() -> ShaderRef {
        CELL_SHADER.into()
    }

    fn enable_prepass() -> bool {
        false
    }

    fn enable_shadows() -> bool {
        false
    }

    fn specialize(
        _pipeline: &MaterialPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        layout: &MeshVertexBufferLayoutRef,
        key: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        specialize_cell(descriptor, layout, key.bind_group_data, true)
    }
}

pub(crate) fn specialize_cell(
    descriptor: &mut RenderPipelineDescriptor,
    layout: &MeshVertexBufferLayoutRef,
    detail: CellDetail,
    panel: bool,
) -> Result<(), SpecializedMeshPipelineError> {
    let plates = layout.0.contains(ATTRIBUTE_PLATE_CORNER);
    let corner = if plates {
        ATTRIBUTE_PLATE_CORNER
    } else {
        ATTRIBUTE_CORNER
    };
    descriptor.vertex.buffers = vec![layout.0.get_layout(&[corner.at_shader_location(0)])?];
    // The shader turns the half cube towards the eye, which mirrors it as often as not.
    descriptor.primitive.cull_mode = None;
    let mut definitions = Vec::new();
    if detail == CellDetail::Software {
        definitions.push("SOFTWARE".into());
    }
    if panel {
        definitions.push("PANEL".into());
    }
    if plates {
        definitions.push("PLATE".into());
    }
    let formats = descriptor.fragment.iter().flat_map(|f| &f.targets);
    if formats.flatten().any(|target| stores_srgb(target.format)) {
        definitions.push(STORED_SRGB.into());
    }
    if let Some(fragment) = &mut descriptor.fragment {
        fragment.shader_defs.extend(definitions.iter().cloned());
    }
    descriptor.vertex.shader_defs.extend(definitions);
    Ok(())
}

/// Size of [`GpuPanelCell`] in a buffer.
pub(crate) const GPU_CELL_BYTES: usize = 64;

/// One resting cell as the shader reads it: the columns of its matrix (relative to the panel's own
/// transform) and its packed look.
pub(crate) struct GpuPanelCell {
    pub axis_x: Vec3,
    pub tag: u32,
    pub axis_y: Vec3,
    pub axis_z: Vec3,
    pub centre: Vec3,
}

impl GpuPanelCell {
    /// Appends the cell in the layout of `PanelCell` in `cell.wgsl`: four columns of 16 bytes, the tag
    /// in the first one's last 4.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        let columns = [
            (self.axis_x, self.tag),
            (self.axis_y, 0),
            (self.axis_z, 0),
            (self.centre, 0),
        ];
        for (column, word) in columns {
            for part in column.to_array() {
                bytes.extend_from_slice(&part.to_le_bytes());
            }
            bytes.extend_from_slice(&word.to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use orrery_plugin_api::bits;

    const SHADER: &str = include_str!("../../../assets/shaders/cell.wgsl");

    /// The number behind `const NAME: u32 = …u;` in the shader.
    fn shader_constant(name: &str) -> u32 {
        let declaration = format!("const {name}: u32 = ");
        let line = SHADER
            .lines()
            .find_map(|line| line.strip_prefix(&declaration))
            .unwrap_or_else(|| panic!("cell.wgsl has no `{declaration}…`"));
        line.trim_end_matches("u;").parse().unwrap()
    }

    #[test]
    fn the_shader_unpacks_what_rust_packs() {
        assert_eq!(shader_constant("GLOW_SHIFT"), bits::GLOW);
        assert_eq!(shader_constant("GLOW_MAX"), bits::GLOW_MAX);
        assert_eq!(shader_constant("STYLE_SHIFT"), bits::STYLE);
        assert_eq!(shader_constant("HIGHLIGHTED_BIT"), bits::HIGHLIGHTED);
        assert_eq!(shader_constant("DIMMED_BIT"), bits::DIMMED);
        // unpack4x8unorm reads the lowest byte first.
        assert_eq!((bits::RED, bits::GREEN, bits::BLUE), (0, 8, 16));
        use orrery_plugin_api::{CellStyle, CellTag};
        let style = |style| CellTag::default().with_style(style).pack() >> bits::STYLE;
        assert_eq!(shader_constant("STYLE_MASKED"), style(CellStyle::Masked));
        assert_eq!(shader_constant("STYLE_GHOST"), style(CellStyle::Ghost));
        assert_eq!(shader_constant("STYLE_MASK"), 3);
        use crate::cell_mesh::{CORNERS_PER_CUBE, CORNERS_PER_PLATE};
        assert_eq!(shader_constant("CORNERS_PER_CUBE"), CORNERS_PER_CUBE);
        assert_eq!(shader_constant("CORNERS_PER_PLATE"), CORNERS_PER_PLATE);
    }

    #[test]
    fn a_panel_cell_has_the_size_and_the_fields_the_shader_expects() {
        let mut bytes = Vec::new();
        let cell = GpuPanelCell {
            axis_x: Vec3::new(1.0, 2.0, 3.0),
            tag: 4,
            axis_y: Vec3::new(5.0, 6.0, 7.0),
            axis_z: Vec3::new(9.0, 10.0, 11.0),
            centre: Vec3::new(13.0, 14.0, 15.0),
        };
        cell.write(&mut bytes);
        assert_eq!(bytes.len(), GPU_CELL_BYTES);
        let word = |index: usize| bytes[4 * index..][..4].try_into().unwrap();
        assert_eq!(u32::from_le_bytes(word(3)), 4);
        for index in [0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14] {
            assert_eq!(f32::from_le_bytes(word(index)), index as f32 + 1.0);
        }
        let declared: Vec<&str> = SHADER
            .split_once("struct PanelCell {")
            .and_then(|(_, rest)| rest.split_once('}'))
            .map(|(body, _)| {
                body.lines()
                    .filter_map(|line| line.trim().split_once(':').map(|(name, _)| name))
                    .collect()
            })
            .unwrap();
        assert_eq!(
            declared,
            [
                "axis_x",
                "tag",
                "axis_y",
                "reserved_y",
                "axis_z",
                "reserved_z",
                "centre",
                "reserved_centre"
            ]
        );
    }

    #[test]
    fn a_face_that_looks_at_the_viewer_shows_the_packed_colour() {
        let number = |name: &str| -> f32 {
            let declaration = format!("const {name}: f32 = ");
            SHADER
                .lines()
                .find_map(|line| line.strip_prefix(&declaration))
                .unwrap()
                .trim_end_matches(';')
                .parse()
                .unwrap()
        };
        let key_light_z = 0.84;
        assert!(SHADER.contains("vec3<f32>(-0.30, 0.45, 0.84)"));
        let light = number("AMBIENT") + number("KEY_STRENGTH") * key_light_z;
        assert!((light - 1.0).abs() < 0.001, "front face is lit by {light}");
    }
}
