//! What a sizing writes: text, JSON, a page, the staffing hour by hour.

mod json;
mod page;
mod sentences;
mod tables;
mod text;

pub use json::sizing_json;
pub use page::sizing_files;
pub use text::sizing_text;
