//! Files of moving pictures from frames and samples: encoders, containers, subtitles. No Bevy, no model
//! and no clock may live here.
