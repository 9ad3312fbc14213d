//! Without telemetry.

use super::annotated;

annotated!(depth name none [] two [] eight []);
