//! Lines of the text format 0.0.4, and what is read of them.

use super::check;
use drydock_import::exposition::Format;

#[test]
fn text_is_read() {
    check(
        Format::Text,
        &[
            ("", ""),
            ("\n  \t\n# a comment\n#TYPE\ta counter\n", "counter a: "),
            ("a 1\n", "unknown a: a 1"),
            ("  a \t 1.5e3\t-7  \n", "unknown a: a 1500 @-7"),
            (
                "# HELP a said \\\\ and \\n\n# TYPE a gauge\na{ b = \"x\\\"\\\\\\n}\" , c=\"\", } +Inf 1395066363000\n",
                "gauge a (said \\ and \n): a{\"b\": \"x\\\"\\\\\\n}\", \"c\": \"\"} inf @1395066363000",
            ),
            ("a{} NaN\n", "unknown a: a NaN"),
            (
                "# TYPE a_total counter\na_total 1\na_created 2\n",
                "counter a_total: a_total 1 | unknown a_created: a_created 2",
            ),
            (
                "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n",
                "histogram h: h_bucket{\"le\": \"1\"} 1, h_bucket{\"le\": \"+Inf\"} 2, h_sum 3, h_count 2",
            ),
            (
                "# TYPE s summary\ns{quantile=\"0.5\"} NaN\ns{quantile=\"1\"} 2\ns_sum 3\ns_count 2\n",
                "summary s: s{\"quantile\": \"0.5\"} NaN, s{\"quantile\": \"1\"} 2, s_sum 3, s_count 2",
            ),
            (
                "a 1",
                "unknown a: a 1 | remark 1: the last line does not end with a line feed: the text may be cut off",
            ),
            (
                "# TYPE h histogram\nh {count:5,sum:2.5,schema:3}\nb 1\n",
                "histogram h:  | unknown b: b 1 | remark 2: h is a native histogram, which is not read..",
            ),
        ],
    );
}

#[test]
fn text_that_is_none() {
    check(
        Format::Text,
        &[
            (
                "a\n",
                "line 1: expected a number, such as 1, 2.5e-3, NaN, +Inf or -Inf, and the line ends",
            ),
            (
                "b 1\n1a 2\n",
                "line 2: expected a name of letters, digits, _ and :, found \"1a 2\"",
            ),
            (
                "a-b 1\n",
                "line 1: expected a number, such as 1, 2.5e-3, NaN, +Inf or -Inf, found \"-b 1\"",
            ),
            (
                "{\"a.b\"} 1\n",
                "line 1: expected a name of letters, digits, _ and : before the labels..",
            ),
            ("a 0x1p-3\n", "line 1: expected a number.."),
            ("a 1_000\n", "line 1: expected a number.."),
            (
                "a 1 1.5\n",
                "line 1: expected a timestamp, a whole number of milliseconds since 1970, found \"1.5\"",
            ),
            (
                "a 1 2 3\n",
                "line 1: expected the end of the line, found \"3\"",
            ),
            ("a 1 # {b=\"c\"} 1\n", "line 1: expected a timestamp.."),
            (
                "a 1\r\n",
                "line 1: the line ends with a carriage return: a line feed alone is right",
            ),
            (
                "a{b=\"c\" 1\n",
                "line 1: expected , or } after the label b, found \"1\"",
            ),
            (
                "a{b=c} 1\n",
                "line 1: expected \" around the value of the label b, found \"c} 1\"",
            ),
            (
                "a{b} 1\n",
                "line 1: expected = after the label b, found \"} 1\"",
            ),
            (
                "a{,} 1\n",
                "line 1: expected a label's name of letters, digits and _, found \",} 1\"",
            ),
            ("a{1=\"\"} 1\n", "line 1: expected a label's name.."),
            ("a{b:c=\"\"} 1\n", "line 1: expected = after the label b.."),
            (
                "a{b=\"c} 1\n",
                "line 1: the value of the label b has no closing \"",
            ),
            (
                "a{b=\"c\\\n",
                "line 1: a \\ in the value of the label b stands before none..",
            ),
            (
                "a{b=\"\\d\"} 1\n",
                "line 1: a \\ in the value of the label b stands before none of \\, \" and n: write \\\\",
            ),
            (
                "a{b=\"\",b=\"\"} 1\n",
                "line 1: the label b stands twice: once is right",
            ),
            (
                "a 1\na 2\n",
                "line 2: a second sample of the same name and labels: one is right",
            ),
            (
                "a 1\nb 1\na{c=\"d\"} 1\n",
                "line 3: lines of a stand apart: all lines of a metric form one group",
            ),
            (
                "# TYPE\n",
                "line 1: expected a blank before the name that TYPE is about, and the line ends",
            ),
            (
                "# HELP a-b\n",
                "line 1: expected a blank after a, found \"-b\"",
            ),
            (
                "# TYPE a\n",
                "line 1: expected a blank before the type, and the line ends",
            ),
            (
                "# TYPE a info\n",
                "line 1: expected counter, gauge, histogram, summary or untyped, found \"info\"",
            ),
            (
                "# TYPE a gauge x\n",
                "line 1: expected the end of the line, found \"x\"",
            ),
            (
                "# TYPE a gauge\n# TYPE a gauge\n",
                "line 2: a second TYPE of a: one is right",
            ),
            (
                "# HELP a\n# HELP a\n",
                "line 2: a second HELP of a: one is right",
            ),
            (
                "a 1\n# TYPE a gauge\n",
                "line 2: HELP and TYPE of a come before its samples, not after",
            ),
            (
                "# TYPE a gauge\n# TYPE b gauge\na 1\n",
                "line 3: lines of a stand apart..",
            ),
            (
                "# TYPE h histogram\nh 1\n",
                "line 2: h is a histogram: its samples are h_bucket, h_sum and h_count",
            ),
            (
                "# TYPE h histogram\nh_bucket 1\n",
                "line 2: a bucket without the label le: le=\"0.5\" or le=\"+Inf\" is right",
            ),
            (
                "# TYPE h histogram\nh_bucket{le=\"x\"} 1\n",
                "line 2: le=\"x\" is no bound: a number or \"+Inf\" is right",
            ),
            (
                "# TYPE h histogram\nh_bucket{le=\"NaN\"} 1\n",
                "line 2: le=\"NaN\" is no bound..",
            ),
            (
                "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"1.0\"} 1\n",
                "line 3: the bucket le=\"1.0\" comes after le=1: bounds increase, and each stands once",
            ),
            (
                "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"2\"} 1\n",
                "line 3: the bucket le=\"2\" counts 1, less than the 2 of the one before: buckets are cumulative",
            ),
            (
                "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nb 1\n",
                "line 2: the histogram h{} ends here: the buckets end with le=1: the last one is le=\"+Inf\"",
            ),
            (
                "# TYPE h histogram\nh_sum 1\nh_count 1\n",
                "line 3: the histogram h{} ends here: a histogram without buckets..",
            ),
            (
                "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 2\nh_count 3\n",
                "line 3: the histogram h{} ends here: le=\"+Inf\" counts 2 and _count 3: both are the same",
            ),
            (
                "# TYPE s summary\ns 1\n",
                "line 2: a summary's value without the label quantile: quantile=\"0.99\" is right",
            ),
            (
                "# TYPE s summary\ns{quantile=\"1.1\"} 1\n",
                "line 2: quantile=\"1.1\" is none: a number from 0 to 1 is right",
            ),
            (
                "# TYPE s summary\ns{quantile=\"0.9\"} 1\ns{quantile=\"0.5\"} 1\n",
                "line 3: quantile=0.5 comes too late: quantiles increase",
            ),
        ],
    );
}
