//! The JSON schema of a configuration file, made of the same definitions that it is read by.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::keys::Keys;

/// The schema of unleak.toml, and of `[tool.unleak]`.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    let schema = generator.into_root_schema_for::<Keys>();
    schema.to_value()
}

/// The keys in the order of the schema, each with its default.
pub fn defaults() -> Vec<(String, Value)> {
    let schema = schema();
    let keys = schema["properties"].as_object().into_iter().flatten();
    keys.map(|(key, value)| (key.clone(), value["default"].clone()))
        .collect()
}
