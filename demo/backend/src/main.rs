//! The `demo` binary: everything is in the library, so that tests can run it too.

fn main() -> std::process::ExitCode {
    cruddur_demo::main(std::env::args().skip(1))
}
