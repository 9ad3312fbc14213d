//! What neither a backend nor somebody's own code may do: hold up whoever waits, or spoil the books.

use super::sockets::{Rig, Say, Server, settings};

#[test]
fn an_answer_without_an_end_is_not_read_to_it() {
    let server = Server::start(false, &[Say::Endless]);
    let rig = Rig::start(&[settings(&server)]);
    rig.push(3);
    assert!(rig.shutdown(20_000), "{}", rig.stats(0));
    assert_eq!((rig.stats(0).sent, rig.stats(0).retries), (3, 0));
}
