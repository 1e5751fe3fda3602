//! What a show sounds like, as samples: the score, the voices, the music and the mix. No Bevy, no sound
//! device and no file but its tables may live here.
