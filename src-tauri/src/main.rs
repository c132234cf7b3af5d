//! The `drydock` program: the window, and every command.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    drydock::doors::command_line::main()
}
