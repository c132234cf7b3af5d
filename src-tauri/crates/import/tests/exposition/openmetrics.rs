//! Lines of OpenMetrics 1.0, and what is read of them.

use super::check;
use drydock_import::exposition::Format;

#[test]
fn openmetrics_is_read() {
    check(
        Format::OpenMetrics,
        &[
            ("# EOF", ""),
            (
                "# TYPE c_seconds counter\n# UNIT c_seconds seconds\n# HELP c_seconds said \\\"so\\\"\nc_seconds_total 1 1520879607.789 # {id=\"x\"} 0.5 1520879607.5\nc_seconds_created 1520430000.123 1520879607.789\n# EOF\n",
                "counter c_seconds in seconds (said \"so\"): c_seconds_total 1 @1520879607789 # {\"id\": \"x\"} 0.5 Some(1520879607500.0), c_seconds_created 1520430000.123 @1520879607789",
            ),
            (
                "# TYPE s stateset\ns{e=\"x\",s=\"on\"} 1\ns{e=\"x\",s=\"off\"} 0\n# TYPE v info\nv_info{version=\"1\\q\"} 1\n# EOF\n",
                "stateset s: s{\"e\": \"x\", \"s\": \"on\"} 1, s{\"e\": \"x\", \"s\": \"off\"} 0 | info v: v_info{\"version\": \"1\\\\q\"} 1",
            ),
            (
                "# TYPE g gaugehistogram\ng_bucket{le=\"-1\"} 1\ng_bucket{le=\"+Inf\"} 2\ng_gcount 2\ng_gsum -3\n# EOF\n",
                "gaugehistogram g: g_bucket{\"le\": \"-1\"} 1, g_bucket{\"le\": \"+Inf\"} 2, g_gcount 2, g_gsum -3",
            ),
            (
                "# TYPE s summary\ns_count{a=\"b\"} 0 123\ns_sum{a=\"b\"} 0 123\ns_count{a=\"b\"} 1 456\ns_sum{a=\"b\"} 1 456\n# EOF\n",
                "summary s: s_count{\"a\": \"b\"} 0 @123000, s_sum{\"a\": \"b\"} 0 @123000, s_count{\"a\": \"b\"} 1 @456000, s_sum{\"a\": \"b\"} 1 @456000",
            ),
            (
                "# TYPE h histogram\nh {count:1,sum:2}\nb 1\n# EOF\n",
                "histogram h:  | unknown b: b 1 | remark 2: h is a native histogram..",
            ),
            (
                "# TYPE a gauge\na 1\na_total 2\n# EOF\n",
                "gauge a: a 1 | unknown a_total: a_total 2",
            ),
        ],
    );
}

#[test]
fn openmetrics_that_is_none() {
    check(
        Format::OpenMetrics,
        &[
            (
                "",
                "line 1: the text ends without # EOF: it is cut off, or not OpenMetrics",
            ),
            ("a 1\n", "line 2: the text ends without # EOF.."),
            (
                "# EOF\na 1\n",
                "line 2: # EOF is the last line: nothing follows it",
            ),
            (
                "a 1\n\n# EOF\n",
                "line 2: an empty line: OpenMetrics has none",
            ),
            (
                "# a comment\n# EOF\n",
                "line 1: expected # TYPE, # UNIT or # HELP with a name, or # EOF: there are no comments, found \"# a comment\"",
            ),
            (
                "a 1\r\n# EOF\n",
                "line 1: the line ends with a carriage return: a line feed alone is right",
            ),
            ("a  1\n# EOF\n", "line 1: expected a number.."),
            (
                "a{b=\"\", c=\"\"} 1\n# EOF\n",
                "line 1: expected a label's name..",
            ),
            ("a{b=\"\",} 1\n# EOF\n", "line 1: expected a label's name.."),
            (
                "# TYPE a untyped\n# EOF\n",
                "line 1: expected counter, gauge, histogram, gaugehistogram, stateset, info, summary or unknown, found \"untyped\"",
            ),
            (
                "# UNIT a seconds\n# EOF\n",
                "line 1: the unit \"seconds\" is not how the name a ends: a name with a unit ends with _ and the unit",
            ),
            (
                "# UNIT a_b b\n# TYPE a_b stateset\n# EOF\n",
                "line 2: a_b has the unit \"b\", and info and stateset have none",
            ),
            (
                "# TYPE a counter\na 1\n# EOF\n",
                "line 2: a is of the type counter: its samples are called a_total, a_created",
            ),
            (
                "# TYPE a gauge\n# TYPE b gauge\na 1\n# EOF\n",
                "line 3: lines of a stand apart: all lines of a family form one group",
            ),
            (
                "# TYPE a counter\n# TYPE a_total gauge\n# EOF\n",
                "line 3: a_total and a clash: a_total could be of either, and belongs to one family",
            ),
            (
                "# TYPE a counter\na_total -1\n# EOF\n",
                "line 2: what only grows is -1: 0 or more is right",
            ),
            (
                "# TYPE a counter\na_created NaN\n# EOF\n",
                "line 2: created at NaN: seconds since 1970 are right",
            ),
            (
                "# TYPE a gauge\na 1 # {} 1\n# EOF\n",
                "line 2: an exemplar: only the total of a counter and the buckets of a histogram have one",
            ),
            (
                "# TYPE a counter\na_total 1 # x\n# EOF\n",
                "line 2: expected an exemplar, such as # {trace_id=\"a\"} 0.5, found \"x\"",
            ),
            (
                "# TYPE h histogram\nh_bucket{le=\"1\"} 1 # {} 1.5\n# EOF\n",
                "line 2: the exemplar 1.5 lies above its bucket, which holds values up to 1",
            ),
            (
                "# TYPE h histogram\nh_bucket{le=\"1\"} 1.5\n# EOF\n",
                "line 2: a count of 1.5: a whole number from 0 is right",
            ),
            (
                "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count{le=\"1\"} 1\n# EOF\n",
                "line 3: the label le belongs to other samples of a histogram than this one",
            ),
            (
                "# TYPE h histogram\nh_bucket{le=\"1\"} 1\n# EOF\n",
                "line 3: h ends here: the buckets end with le=1..",
            ),
            (
                "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count 1\n# EOF\n",
                "line 4: h ends here: a count without a sum: both or none is right",
            ),
            (
                "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count 2\nh_sum 1\n# EOF\n",
                "line 5: h ends here: le=\"+Inf\" counts 1 and the count is 2: both are the same",
            ),
            (
                "# TYPE h gaugehistogram\nh_bucket{le=\"+Inf\"} 1\nh_gcount 2\nh_gsum 1\n# EOF\n",
                "line 5: h ends here: le=\"+Inf\" counts 1 and the count is 2: both are the same",
            ),
            (
                "# TYPE h histogram\nh_bucket{le=\"1\"} 1 5\nh_bucket{le=\"1\"} 1 6\n# EOF\n",
                "line 3: the buckets end with le=1: the last one is le=\"+Inf\"",
            ),
            (
                "a 1\na 2\n# EOF\n",
                "line 2: a second sample of the same name and labels: one is right",
            ),
            (
                "a 1\na 2 5\n# EOF\n",
                "line 2: some samples of this metric have a timestamp and some have none: all or none is right",
            ),
            (
                "a 1 5\na 2 4\n# EOF\n",
                "line 2: the timestamp is before the one of the line before: times of a metric do not go back",
            ),
            (
                "a{b=\"1\"} 1\na{b=\"2\"} 1\na{b=\"1\"} 1 5\n# EOF\n",
                "line 3: samples of a{\"b\": \"1\"} stand apart: all samples of a metric form one group",
            ),
        ],
    );
}
