//! What a specification may say, what it means when it says nothing, and how mistakes are named.

use super::*;

#[test]
fn mistakes_name_the_field() {
    fn check(spec: Json, field: &str, part: &str) {
        let mistake = parse(spec.to_string().as_bytes(), NOW).expect_err("a mistake");
        assert_eq!(mistake.field, field, "{spec}");
        assert!(mistake.problem.contains(part), "{spec}: {mistake}");
    }
    check(json!([]), "", "JSON object");
    check(json!({"calculated_fields": []}), "calculated_fields", "not served");
    check(json!({"calculations": {}}), "calculations", "list");
    check(json!({"calculations": ["COUNT"]}), "calculations[0]", "object");
    check(json!({"calculations": [{"op": "MEDIAN"}]}), "calculations[0].op", "P50");
    check(json!({"calculations": [{"op": "AVG"}]}), "calculations[0].column", "AVG needs");
    let counted = json!({"op": "COUNT", "column": "name"});
    check(json!({"calculations": [counted]}), "calculations[0].column", "no column");
    check(json!({"calculations": [{"op": "COUNT"}, {"op": "COUNT"}]}), "calculations[1]", "twice");
    check(json!({"calculations": vec![json!({}); 11]}), "calculations", "10");
    check(json!({"breakdowns": ["a", 1]}), "breakdowns[1]", "name");
    check(json!({"filters": [{"op": "exists"}]}), "filters[0].column", "name");
    check(json!({"filters": [{"column": "a", "op": "~"}]}), "filters[0].op", "starts-with");
    check(json!({"filters": [{"column": "a", "op": "="}]}), "filters[0].value", "needs");
    let valued = json!({"column": "a", "op": "exists", "value": 1});
    check(json!({"filters": [valued]}), "filters[0].value", "no value");
    check(
        json!({"filters": [{"column": "a", "op": "=", "value": []}]}),
        "filters[0].value",
        "string",
    );
    check(json!({"filters": [{"column": "a", "Op": "="}]}), "filters[0].Op", "not served");
    check(
        json!({"filters": [{"column": "a", "op": "in", "value": "b"}]}),
        "filters[0].value",
        "a list",
    );
    check(
        json!({"filters": [{"column": "a", "op": "in", "value": []}]}),
        "filters[0].value",
        "at least one",
    );
    check(
        json!({"filters": [{"column": "a", "op": "not-in", "value": [1, null]}]}),
        "filters[0].value",
        "numbers",
    );
    check(
        json!({"calculations": [{"op": "HEATMAP", "column": "a"}]}),
        "calculations[0].op",
        "not served",
    );
    check(json!({"havings": [{"op": ">", "value": 1}]}), "havings[0].calculate_op", "not one of");
    check(
        json!({"havings": [{"calculate_op": "AVG", "column": "a", "op": ">", "value": 1}]}),
        "havings[0]",
        "calculations",
    );
    check(
        json!({"havings": [{"calculate_op": "COUNT", "op": "exists"}]}),
        "havings[0].op",
        "not one of",
    );
    check(
        json!({"havings": [{"calculate_op": "COUNT", "op": ">", "value": "1"}]}),
        "havings[0].value",
        "a number",
    );
    check(json!({"filter_combination": "XOR"}), "filter_combination", "AND");
    check(json!({"orders": [{"op": "AVG", "column": "x"}]}), "orders[0]", "calculations");
    check(json!({"orders": [{"column": "x"}]}), "orders[0]", "breakdowns");
    check(json!({"orders": [{"op": "COUNT", "order": "up"}]}), "orders[0].order", "ascending");
    check(json!({"limit": 1001}), "limit", "1000");
    check(json!({"limit": 0}), "limit", "1 to");
    check(json!({"time_range": -5}), "time_range", "whole number");
    check(json!({"start_time": 5, "end_time": 5}), "end_time", "after");
    check(json!({"start_time": 1, "end_time": 5, "time_range": 4}), "time_range", "two of");
    check(json!({"granularity": 1, "time_range": 86_400}), "granularity", "at least 87");
    assert!(parse(b"{", NOW).expect_err("a mistake").problem.contains("invalid JSON"));
}

#[test]
fn what_is_not_said_has_a_default() {
    let spec = parse(b"{}", NOW).expect("an empty specification counts");
    assert_eq!((spec.limit, spec.from, spec.to), (100, NOW - 7_200 * SECOND, NOW));
    let nulls = br#"{"calculations": null, "limit": null, "filters": null, "orders": null}"#;
    assert_eq!(parse(nulls, NOW).expect("nulls are nothing"), spec);
}

proptest! {
    #[test]
    fn any_numbers_are_read_or_refused(
        start in any::<u64>(), end in any::<u64>(), range in any::<u64>(), width in any::<u64>(),
    ) {
        for spec in [
            json!({"start_time": start, "time_range": range, "granularity": width}),
            json!({"end_time": end, "time_range": range}),
            json!({"start_time": start % 20_000_000_000, "end_time": end % 20_000_000_000}),
        ] {
            if let Ok(spec) = parse(spec.to_string().as_bytes(), NOW) {
                prop_assert!(spec.from <= spec.to && spec.granularity > 0);
                prop_assert!((spec.to - spec.from) / spec.granularity <= 1_000);
            }
        }
    }
}
