//! Visualizations that are a script: compiled, bounded and evaluated once a scene to tables. No Bevy, no
//! file and no clock may live here.
