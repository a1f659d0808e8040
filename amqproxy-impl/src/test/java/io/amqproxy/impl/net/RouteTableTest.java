package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.limit.NameFilter;
import io.amqproxy.impl.net.RouteTable.Rule;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which route a client takes. */
class RouteTableTest {

    private static final NameFilter ORDERS = NameFilter.ALL.allowing("orders-*", "shop");

    private final RouteId both = new RouteId("both");
    private final RouteId byUser = new RouteId("user");
    private final RouteId byListener = new RouteId("listener");
    private final RouteId rest = new RouteId(null);

    private final RouteTable table = new RouteTable(List.of(
            new Rule(both, Set.of("inside"), ORDERS),
            new Rule(byUser, Set.of(), ORDERS),
            new Rule(byListener, Set.of("inside", "tls"), NameFilter.ALL),
            new Rule(rest, Set.of(), NameFilter.ALL)));

    private final RouteTable withoutRest = new RouteTable(table.rules().subList(0, 3));

    @Test
    void theFirstThatWantsListenerAndUserIsTaken() {
        assertThat(table.of("inside", "orders-1")).isSameAs(both);
        assertThat(table.of("tls", "shop")).isSameAs(byUser);
        assertThat(table.of(null, "shop")).isSameAs(byUser);
        assertThat(table.of("inside", "web")).isSameAs(byListener);
        assertThat(table.of("other", "web")).isSameAs(rest);
        assertThat(table.of(null, "orders")).isSameAs(rest);
    }

    @Test
    void whoIsWantedByNoneHasNone() {
        assertThat(withoutRest.of(null, "web")).isNull();
        assertThat(withoutRest.of("other", "web")).isNull();
        assertThat(withoutRest.of("tls", "web")).isSameAs(byListener);
    }

    @Test
    void beforeTheUserIsKnownTheRouteCountsThatTakesEveryone() {
        assertThat(table.before("inside")).isSameAs(byListener);
        assertThat(table.before("other")).isSameAs(rest);
        assertThat(table.before(null)).isSameAs(rest);
        assertThat(withoutRest.before("other")).as("it may have that one").isSameAs(byUser);
    }

    @Test
    void aListenerIsOfUseWhileOneOfItsRoutesIs() {
        assertThat(table.isAllAmong(Set.of(rest), null)).isFalse();
        assertThat(table.isAllAmong(Set.of(rest, byUser), null)).isTrue();
        assertThat(table.isAllAmong(Set.of(rest, byUser), "inside")).isFalse();
        assertThat(table.isAllAmong(Set.of(both, byUser, byListener), "inside"))
                .as("nobody comes to the rest from there")
                .isTrue();
        assertThat(table.isAllAmong(Set.of(both, byUser, byListener), "other")).isFalse();
        assertThat(withoutRest.isAllAmong(Set.of(byUser), null)).isTrue();
        assertThat(withoutRest.isAllAmong(Set.of(), null)).isFalse();
    }
}
