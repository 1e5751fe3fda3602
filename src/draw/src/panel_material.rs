//! The one material of everything that is drawn from a shared buffer: panels of cells and flat panels.

use bevy::{
    asset::{load_internal_asset, uuid_handle},
    mesh::MeshVertexBufferLayoutRef,
    pbr::{MaterialPipeline, MaterialPipelineKey},
    prelude::*,
    render::{
        render_resource::{AsBindGroup, RenderPipelineDescriptor, SpecializedMeshPipelineError},
        storage::ShaderBuffer,
    },
};

use crate::{
    cell_mesh::{ATTRIBUTE_CORNER, ATTRIBUTE_PLATE_CORNER},
    stored_srgb::define_stored_srgb,
};

/// The shaders; they are part of the binary.
const CELL_SHADER: Handle<Shader> = uuid_handle!("6f5b8f0e-6f0c-4f6e-9d5e-5a0c7f1e2b41");
const FLAT_PANEL_SHADER: Handle<Shader> = uuid_handle!("b51c7e3a-4d0f-4b1e-9a64-2f8f0c9f6d27");

/// How much light a cell's shader computes. The content is the same in both.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CellDetail {
    /// Key and fill light, specular and rim light.
    #[default]
    Full,
    /// Key and fill light only: for rasterizers that run on the CPU.
    Software,
}

/// What the spans of a buffer hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum BufferKind {
    /// Cells, each with place and look; a unit is one [`GpuCell`].
    Cells,
    /// Flat panels: a header and packed looks; a unit is one word of 32 bits.
    FlatPanels,
}

impl BufferKind {
    /// Bytes of a unit.
    pub(crate) fn unit_bytes(self) -> usize {
        match self {
            Self::Cells => GPU_CELL_BYTES,
            Self::FlatPanels => 4,
        }
    }

    /// Units that a buffer holds, unless a single span is larger.
    pub(crate) fn least_units(self) -> u32 {
        match self {
            Self::Cells => 32_768,
            Self::FlatPanels => 1 << 18,
        }
    }

    fn shader(self) -> Handle<Shader> {
        match self {
            Self::Cells => CELL_SHADER,
            Self::FlatPanels => FLAT_PANEL_SHADER,
        }
    }
}

/// The material of all panels in one buffer.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
#[bind_group_data(PanelLook)]
pub struct PanelMaterial {
    /// What the panels show: an array of cells or of words.
    #[storage(0, read_only)]
    pub(crate) buffer: Handle<ShaderBuffer>,
    pub(crate) kind: BufferKind,
    pub(crate) detail: CellDetail,
}

/// What decides which pipeline draws a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PanelLook {
    kind: BufferKind,
    detail: CellDetail,
}

impl From<&PanelMaterial> for PanelLook {
    fn from(material: &PanelMaterial) -> Self {
        Self {
            kind: material.kind,
            detail: material.detail,
        }
    }
}

impl Material for PanelMaterial {
    // Nothing is blended: only what is called so is drawn in an order of its own, back to front, and not in one
    // that depends on what was drawn before.
    fn alpha_mode(&self) -> AlphaMode {
        AlphaMode::Blend
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
        let PanelLook { kind, detail } = key.bind_group_data;
        let plates = layout.0.contains(ATTRIBUTE_PLATE_CORNER);
        let corner = if plates {
            ATTRIBUTE_PLATE_CORNER
        } else {
            ATTRIBUTE_CORNER
        };
        descriptor.vertex.buffers = vec![layout.0.get_layout(&[corner.at_shader_location(0)])?];
        descriptor.vertex.shader = kind.shader();
        descriptor.vertex.entry_point = Some("vertex".into());
        // The shader turns the half cube towards the eye, which mirrors it as often as not.
        descriptor.primitive.cull_mode = None;
        let mut definitions = Vec::new();
        if detail == CellDetail::Software {
            definitions.push("SOFTWARE".into());
        }
        if plates {
            definitions.push("PLATE".into());
        }
        if let Some(fragment) = &mut descriptor.fragment {
            fragment.shader = kind.shader();
            fragment.entry_point = Some("fragment".into());
            fragment.shader_defs.extend(definitions.iter().cloned());
            for target in fragment.targets.iter_mut().flatten() {
                target.blend = None;
            }
        }
        if let Some(depth) = &mut descriptor.depth_stencil {
            depth.depth_write_enabled = Some(true);
        }
        descriptor.vertex.shader_defs.extend(definitions);
        define_stored_srgb(descriptor);
        Ok(())
    }
}

pub(crate) fn plugin(app: &mut App) {
    load_internal_asset!(
        app,
        CELL_SHADER,
        "../../../assets/shaders/cell.wgsl",
        Shader::from_wgsl
    );
    load_internal_asset!(
        app,
        FLAT_PANEL_SHADER,
        "../../../assets/shaders/flat_panel.wgsl",
        Shader::from_wgsl
    );
    app.add_plugins(MaterialPlugin::<PanelMaterial>::default())
        .init_resource::<CellDetail>()
        .add_systems(
            PostUpdate,
            apply_detail.run_if(resource_changed::<CellDetail>),
        );
}

fn apply_detail(detail: Res<CellDetail>, mut materials: ResMut<Assets<PanelMaterial>>) {
    for (_, material) in materials.iter_mut() {
        material.detail = *detail;
    }
}

/// Size of [`GpuCell`] in a buffer.
pub(crate) const GPU_CELL_BYTES: usize = 64;

/// One cell as the shader reads it: the columns of its matrix (relative to the panel's own
/// transform) and its packed look.
pub(crate) struct GpuCell {
    pub axis_x: Vec3,
    pub tag: u32,
    pub axis_y: Vec3,
    pub axis_z: Vec3,
    pub centre: Vec3,
}

impl GpuCell {
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
    use crate::cell_tag::bits;

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
        use crate::cell_tag::{CellStyle, CellTag};
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
        let cell = GpuCell {
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
