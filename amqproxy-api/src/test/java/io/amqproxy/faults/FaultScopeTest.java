package io.amqproxy.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.ClientInfo;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.faults.FaultScope.Occurrences;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A scope says which occurrences are meant: those of some clients, channels and names, the n-th, or some by chance. */
class FaultScopeTest {

    private final ClientInfo eve = ClientInfo.of(1, InetSocketAddress.createUnresolved("client", 1), "eve", "/");
    private final ClientInfo bob = ClientInfo.of(2, InetSocketAddress.createUnresolved("client", 2), "bob", "/");
    private final UpstreamInfo upstream = UpstreamInfo.of(1, "broker:5672", "eve", "/");

    private List<Boolean> ofTen(Occurrences occurrences) {
        return IntStream.range(0, 10).mapToObj(i -> occurrences.happens(eve)).toList();
    }

    private static List<Integer> hits(List<Boolean> happened) {
        return IntStream.range(0, happened.size())
                .filter(happened::get)
                .mapToObj(i -> i + 1)
                .toList();
    }

    @Test
    void theNthAndTheFirstAreCounted() {
        assertThat(hits(ofTen(FaultScope.all().nth(3).occurrences()))).containsExactly(3);
        assertThat(hits(ofTen(FaultScope.all().first(3).occurrences()))).containsExactly(1, 2, 3);
        assertThat(hits(ofTen(FaultScope.all().occurrences()))).hasSize(10);
    }

    @Test
    void whoIsNotMeantIsNotCounted() {
        Occurrences second = FaultScope.all()
                .ofClients(client -> "eve".equals(client.user()))
                .onChannel(1)
                .naming("q")
                .nth(2)
                .occurrences();
        assertThat(second.happens(eve, 1, List.of("q"))).isFalse();
        assertThat(second.happens(bob, 1, List.of("q"))).isFalse();
        assertThat(second.happens(eve, 2, List.of("q"))).isFalse();
        assertThat(second.happens(eve, 1, List.of("other"))).isFalse();
        assertThat(second.happens(eve, 1, List.of("other", "q"))).isTrue();
        assertThat(second.count()).isOne();
    }

    @Test
    void withTheSameSeedTheSameOccurrencesHaveTheLot() {
        FaultScope some = FaultScope.all().withProbability(0.5, 42);
        List<Boolean> lots = ofTen(some.occurrences());
        assertThat(ofTen(some.occurrences())).isEqualTo(lots);
        assertThat(hits(lots)).isNotEmpty().hasSizeLessThan(10);
        assertThat(ofTen(FaultScope.all().withProbability(0.5, 43).occurrences()))
                .isNotEqualTo(lots);
        assertThat(ofTen(FaultScope.all().withProbability(0, 1).occurrences())).doesNotContain(true);
        assertThat(ofTen(FaultScope.all().withProbability(1, 1).occurrences())).doesNotContain(false);
    }

    @Test
    void connectionsToTheBrokerAreNoClients() {
        Occurrences ofUpstreams = FaultScope.upstreams(one -> one.endpoint().equals("broker:5672"))
                .nth(2)
                .occurrences();
        assertThat(ofUpstreams.isOfUpstreams()).isTrue();
        assertThat(ofUpstreams.isFor(eve)).isFalse();
        assertThat(ofUpstreams.happens(eve)).isFalse();
        assertThat(ofUpstreams.happensTo(upstream, 0)).isFalse();
        assertThat(ofUpstreams.happensTo(UpstreamInfo.of(2, "other:5672", "eve", "/"), 0))
                .isFalse();
        assertThat(ofUpstreams.happensTo(upstream, 0)).isTrue();
        Occurrences ofClients = FaultScope.all().occurrences();
        assertThat(ofClients.isForUpstream(upstream)).isFalse();
        assertThat(ofClients.happensTo(upstream, 0)).isFalse();
        assertThat(ofClients.count()).isZero();
    }

    @Test
    void whatCannotBeMeantIsRefused() {
        FaultScope all = FaultScope.all();
        assertThatThrownBy(() -> all.nth(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> all.first(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> all.onChannel(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> all.onChannel(65_536)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> all.withProbability(1.1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> all.withProbability(Double.NaN, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
