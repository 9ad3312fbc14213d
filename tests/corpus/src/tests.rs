use super::harness::record;

#[test]
fn every_shape_behaves_as_without_the_attribute_and_makes_its_spans() {
    let pairs = super::pairs();
    println!("{} shapes", pairs.len());
    assert!(pairs.len() >= 670, "the corpus has shrunk to {}", pairs.len());
    let mut faults = Vec::new();
    for (plain, observed) in pairs {
        let name = plain.name;
        let (expected, no_spans) = record(plain);
        let (found, spans) = record(observed);
        if expected != found {
            faults.push(format!("{name}: behaves\n  {expected:?} plain,\n  {found:?} observed"));
        }
        if !no_spans.is_empty() || spans != observed.spans {
            faults.push(format!("{name}: makes spans `{spans}` instead of `{}`", observed.spans));
        }
    }
    // The harness has put a panic hook of its own in place, which tells nothing.
    println!("{} faults\n{}", faults.len(), faults.join("\n"));
    assert!(faults.is_empty());
}
