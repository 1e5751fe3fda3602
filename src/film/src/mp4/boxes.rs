//! The boxes of a film: how video and sound are described, where sound begins, and what a part says about
//! itself (ISO/IEC 14496-12, 14496-14 and 14496-15).

use shiguredo_mp4::boxes::{
    AudioSampleEntryFields, Avc1Box, AvccBox, EdtsBox, ElstBox, ElstEntry, EsdsBox, Mp4aBox,
    SampleEntry, UnknownBox, VisualSampleEntryFields,
};
use shiguredo_mp4::descriptors::{
    DecoderConfigDescriptor, DecoderSpecificInfo, EsDescriptor, SlConfigDescriptor,
};
use shiguredo_mp4::{BoxSize, BoxType, FixedPointNumber, Uint};

use crate::h264::ParameterSets;
use crate::{FilmSize, SAMPLE_RATE};

/// The box in which a part describes itself.
pub(super) const PART: BoxType = BoxType::Uuid(*b"orrery film part");

/// H.264 with its colour: BT.709 in limited range.
pub(super) fn video_entry(size: FilmSize, sets: &ParameterSets) -> SampleEntry {
    // `nclx`: primaries 1, transfer 1, matrix 1, not full range
    let colour = [b'n', b'c', b'l', b'x', 0, 1, 0, 1, 0, 1, 0];
    let square = [0, 0, 0, 1, 0, 0, 0, 1];
    // behind the header of the set
    let byte = |index: usize| sets.sequence.get(index).copied().unwrap_or_default();
    SampleEntry::Avc1(Avc1Box {
        visual: VisualSampleEntryFields {
            data_reference_index: VisualSampleEntryFields::DEFAULT_DATA_REFERENCE_INDEX,
            width: size.width as u16,
            height: size.height as u16,
            horizresolution: VisualSampleEntryFields::DEFAULT_HORIZRESOLUTION,
            vertresolution: VisualSampleEntryFields::DEFAULT_VERTRESOLUTION,
            frame_count: VisualSampleEntryFields::DEFAULT_FRAME_COUNT,
            compressorname: VisualSampleEntryFields::NULL_COMPRESSORNAME,
            depth: VisualSampleEntryFields::DEFAULT_DEPTH,
        },
        avcc_box: AvccBox {
            avc_profile_indication: byte(1),
            profile_compatibility: byte(2),
            avc_level_indication: byte(3),
            length_size_minus_one: Uint::new(3),
            sps_list: vec![sets.sequence.clone()],
            pps_list: vec![sets.picture.clone()],
            chroma_format: Some(Uint::new(1)),
            bit_depth_luma_minus8: Some(Uint::new(0)),
            bit_depth_chroma_minus8: Some(Uint::new(0)),
            sps_ext_list: Vec::new(),
        },
        unknown_boxes: vec![raw_box(*b"colr", &colour), raw_box(*b"pasp", &square)],
    })
}

/// AAC-LC in stereo.
pub(super) fn sound_entry(configuration: &[u8]) -> SampleEntry {
    SampleEntry::Mp4a(Mp4aBox {
        audio: AudioSampleEntryFields {
            data_reference_index: AudioSampleEntryFields::DEFAULT_DATA_REFERENCE_INDEX,
            channelcount: 2,
            samplesize: AudioSampleEntryFields::DEFAULT_SAMPLESIZE,
            samplerate: FixedPointNumber::new(SAMPLE_RATE as u16, 0),
        },
        esds_box: EsdsBox {
            es: EsDescriptor {
                es_id: EsDescriptor::MIN_ES_ID,
                stream_priority: EsDescriptor::LOWEST_STREAM_PRIORITY,
                depends_on_es_id: None,
                url_string: None,
                ocr_es_id: None,
                dec_config_descr: DecoderConfigDescriptor {
                    object_type_indication:
                        DecoderConfigDescriptor::OBJECT_TYPE_INDICATION_AUDIO_ISO_IEC_14496_3,
                    stream_type: DecoderConfigDescriptor::STREAM_TYPE_AUDIO,
                    up_stream: DecoderConfigDescriptor::UP_STREAM_FALSE,
                    buffer_size_db: Uint::new(0),
                    max_bitrate: 0,
                    avg_bitrate: 0,
                    dec_specific_info: Some(DecoderSpecificInfo {
                        payload: configuration.to_vec(),
                    }),
                },
                sl_config_descr: SlConfigDescriptor,
            },
        },
        unknown_boxes: Vec::new(),
    })
}

/// "Begin `skipped` samples into this track and play `duration`", in the movie's and the track's time scale.
pub(super) fn edit(duration: u64, skipped: u64) -> EdtsBox {
    EdtsBox {
        elst_box: Some(ElstBox {
            entries: vec![ElstEntry {
                edit_duration: duration,
                media_time: skipped as i64,
                media_rate: FixedPointNumber::new(1, 0),
            }],
        }),
        unknown_boxes: Vec::new(),
    }
}

/// A box of which only we know what is in it.
pub(super) fn uuid_box(kind: BoxType, payload: Vec<u8>) -> UnknownBox {
    UnknownBox {
        box_type: kind,
        box_size: BoxSize::with_payload_size(kind, payload.len() as u64),
        payload,
    }
}

fn raw_box(kind: [u8; 4], payload: &[u8]) -> UnknownBox {
    uuid_box(BoxType::Normal(kind), payload.to_vec())
}
