package io.amqproxy.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class GainChartTest {

    private static final GainChart CHART = new GainChart(
            "made with --option -- and ---",
            List.of(
                    line("direct", false, false, 0.4, 70, 700),
                    line("direct, <confirmed> & slow", false, true, 0.5, 90, 900),
                    line("proxy", true, false, 0.41, 0.4, 0.42),
                    line("proxy, confirmed", true, true, 0.6, 10.6, 100.6)));

    private static GainChart.Line line(String name, boolean isProxy, boolean isConfirmed, double... millis) {
        int[] roundTrips = {0, 10, 100};
        return new GainChart.Line(
                name,
                isProxy,
                isConfirmed,
                IntStream.range(0, millis.length)
                        .mapToObj(i -> new GainChart.Point(roundTrips[i], millis[i]))
                        .toList());
    }

    @Test
    void thereIsAPointForEachFigureAndALineForEachWay() throws Exception {
        Document svg = parsed();
        assertThat(svg.getElementsByTagName("circle").getLength()).isEqualTo(12);
        assertThat(svg.getElementsByTagName("polyline").getLength()).isEqualTo(4);
    }

    @Test
    void longerTimesAreHigherAndAllAreInside() throws Exception {
        NodeList circles = parsed().getElementsByTagName("circle");
        assertThat(IntStream.range(0, 3).mapToDouble(i -> number(circles, i, "cx")))
                .isSorted();
        assertThat(number(circles, 2, "cy")).isLessThan(number(circles, 1, "cy"));
        assertThat(number(circles, 1, "cy")).isLessThan(number(circles, 0, "cy"));
        assertThat(IntStream.range(0, 12).mapToDouble(i -> number(circles, i, "cy")))
                .allSatisfy(y -> assertThat(y).isBetween(76.0, 400.0));
    }

    @Test
    void whoDoesNotSeeItIsToldTheSame() throws Exception {
        Document svg = parsed();
        assertThat(svg.getDocumentElement().getAttribute("role")).isEqualTo("img");
        assertThat(svg.getElementsByTagName("title").item(0).getTextContent()).isNotBlank();
        assertThat(svg.getElementsByTagName("desc").item(0).getTextContent())
                .contains("direct, <confirmed> & slow: 0.500 ms at 0 ms, 900 ms at 100 ms.");
    }

    private static double number(NodeList elements, int index, String attribute) {
        return Double.parseDouble(((Element) elements.item(index)).getAttribute(attribute));
    }

    private static Document parsed() throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(CHART.svg().getBytes(UTF_8)));
    }
}
