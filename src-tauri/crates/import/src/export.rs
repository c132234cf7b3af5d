//! A world as one YAML text: every object's original, then the world file. What it writes imports again.

use drydock_model::World;

use crate::world_file::world_file;

/// The YAML of a world, one document an object.
pub fn export(world: &World) -> String {
    let mut text = String::new();
    for object in &world.objects {
        // JSON values always have a YAML form.
        if let Ok(document) = serde_yaml_ng::to_string(object.json.as_ref()) {
            text.push_str("---\n");
            text.push_str(&document);
        }
    }
    text.push_str("---\n");
    text.push_str(&world_file(world));
    text
}
