//! What a decoder must know before the first picture: the sequence and the picture parameter set. The
//! encoder leaves out the colour and the rate; they are added here.

use rusty_h264_common::{BitWriter, NalUnitType, nal};
use rusty_h264_encoder::{EncoderConfig, Pps, Sps};

/// Both sets as NAL units, without start codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterSets {
    /// Sequence parameter set: size, level, colour, rate.
    pub sequence: Vec<u8>,
    /// Picture parameter set.
    pub picture: Vec<u8>,
}

impl ParameterSets {
    /// The sets of an encoder with this configuration.
    pub(super) fn of(config: &EncoderConfig, frames_per_second: u32) -> Self {
        let sps = Sps::from_config(config);
        let mut writer = BitWriter::new();
        sps.write_rbsp(&mut writer);
        let sequence = with_usability(
            &writer.into_bytes(),
            frames_per_second,
            sps.max_num_ref_frames,
        );
        let mut writer = BitWriter::new();
        Pps::from_config(config).write_rbsp(&mut writer);
        Self {
            sequence: unit(NalUnitType::Sps, &sequence),
            picture: unit(NalUnitType::Pps, &writer.into_bytes()),
        }
    }

    /// Both with start codes, as a bare stream has them.
    pub fn annex_b(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for set in [&self.sequence, &self.picture] {
            bytes.extend_from_slice(&[0, 0, 0, 1]);
            bytes.extend_from_slice(set);
        }
        bytes
    }
}

fn unit(kind: NalUnitType, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![nal::nal_header_byte(3, kind)];
    nal::emulation_prevent_into(payload, &mut bytes);
    bytes
}

/// A sequence parameter set that ends without "video usability information" (ITU-T H.264, annex E), with
/// it: square pixels, BT.709 in limited range, colour samples in the middle of four pixels, a fixed rate,
/// pictures in the order in which they are shown.
fn with_usability(set: &[u8], frames_per_second: u32, reference_frames: u32) -> Vec<u8> {
    let mut bits: Vec<bool> = set
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1))
        .collect();
    // the last bit that is set ends the payload; before it stands the flag that says "no information"
    while bits.pop() == Some(false) {}
    bits.pop();

    let mut writer = BitWriter::new();
    for bit in bits {
        writer.write_bit(bit);
    }
    writer.write_bit(true); // vui_parameters_present_flag
    writer.write_bit(true); // aspect_ratio_info_present_flag
    writer.write_bits(1, 8); // aspect_ratio_idc: square
    writer.write_bit(false); // overscan_info_present_flag
    writer.write_bit(true); // video_signal_type_present_flag
    writer.write_bits(5, 3); // video_format: unspecified
    writer.write_bit(false); // video_full_range_flag
    writer.write_bit(true); // colour_description_present_flag
    for _ in 0..3 {
        writer.write_bits(1, 8); // colour_primaries, transfer_characteristics, matrix_coefficients: BT.709
    }
    writer.write_bit(true); // chroma_loc_info_present_flag
    writer.write_ue(1); // chroma_sample_loc_type_top_field: centre
    writer.write_ue(1); // chroma_sample_loc_type_bottom_field
    writer.write_bit(true); // timing_info_present_flag
    writer.write_bits(1, 32); // num_units_in_tick
    writer.write_bits(2 * frames_per_second, 32); // time_scale counts fields
    writer.write_bit(true); // fixed_frame_rate_flag
    writer.write_bit(false); // nal_hrd_parameters_present_flag
    writer.write_bit(false); // vcl_hrd_parameters_present_flag
    writer.write_bit(false); // pic_struct_present_flag
    writer.write_bit(true); // bitstream_restriction_flag
    writer.write_bit(true); // motion_vectors_over_pic_boundaries_flag
    writer.write_ue(0); // max_bytes_per_pic_denom: no bound
    writer.write_ue(0); // max_bits_per_mb_denom: no bound
    writer.write_ue(16); // log2_max_mv_length_horizontal
    writer.write_ue(16); // log2_max_mv_length_vertical
    writer.write_ue(0); // max_num_reorder_frames
    writer.write_ue(reference_frames); // max_dec_frame_buffering
    writer.rbsp_trailing_bits();
    writer.into_bytes()
}
