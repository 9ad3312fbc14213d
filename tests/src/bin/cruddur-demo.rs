//! The demo's binary, as Cargo builds it for the tests of this package.

fn main() -> std::process::ExitCode {
    cruddur_demo::main(std::env::args().skip(1))
}
