//! Makes sure that there is a bundle to embed, and lets Tauri read its configuration.

use std::path::Path;

const NOTE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Drydock</title>\
<body><h1>Drydock</h1><p>This build holds no window. Run <code>make build</code>, which builds it first.</p></body></html>\n";

fn main() -> std::io::Result<()> {
    println!("cargo:rerun-if-changed=ui/dist");
    println!("cargo:rerun-if-changed=icons");
    let page = Path::new("ui/dist/index.html");
    if !page.exists() {
        std::fs::create_dir_all("ui/dist")?;
        std::fs::write(page, NOTE)?;
    }
    #[cfg(feature = "desktop")]
    tauri_build::build();
    Ok(())
}
