//! demo/console
