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
    private final RouteId byListener = new RouteId("listenName");
    private final RouteId rest = new RouteId(null);

    private final RouteTable table = new RouteTable(List.of(
            rule(both, Set.of("inside"), ORDERS, NameFilter.ALL),
            rule(byUser, Set.of(), ORDERS, NameFilter.ALL),
            rule(byListener, Set.of("inside", "tls"), NameFilter.ALL, NameFilter.ALL),
            rule(rest, Set.of(), NameFilter.ALL, NameFilter.ALL)));

    private static Rule rule(RouteId route, Set<String> listenAddresses, NameFilter users, NameFilter vhosts) {
        return new Rule(route, new RouteClients(listenAddresses, users, vhosts));
    }

    private final RouteId byVhost = new RouteId("vhost");
    private final RouteId byOther = new RouteId("other vhost");
    private final Rule billing = rule(byVhost, Set.of(), NameFilter.ALL, NameFilter.ALL.allowing("billing*"));
    private final Rule others = rule(byOther, Set.of("inside"), ORDERS, NameFilter.ALL.allowing("stock"));
    private final RouteTable byVhosts =
            new RouteTable(List.of(others, billing, rule(rest, Set.of(), NameFilter.ALL, NameFilter.ALL)));

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

    @Test
    void theFirstThatWantsTheVhostTooIsTaken() {
        assertThat(byVhosts.of("inside", "shop", "stock")).isSameAs(byOther);
        assertThat(byVhosts.of("inside", "shop", "billing-1")).isSameAs(byVhost);
        assertThat(byVhosts.of("inside", "web", "stock")).isSameAs(rest);
        assertThat(byVhosts.of(null, "shop", "stock")).isSameAs(rest);
        assertThat(byVhosts.of(null, "web", "billing")).isSameAs(byVhost);
    }

    @Test
    void theVhostIsAwaitedWhereItChooses() {
        assertThat(byVhosts.isVhostAwaited("inside", "shop")).isTrue();
        assertThat(byVhosts.isVhostAwaited(null, "web")).isTrue();
        RouteTable alone = new RouteTable(List.of(others, billing));
        assertThat(alone.isVhostAwaited("inside", "shop")).isTrue();
        assertThat(alone.isVhostAwaited("inside", "web"))
                .as("there is one for it")
                .isFalse();
        assertThat(table.isVhostAwaited("inside", "shop")).isFalse();
        assertThat(withoutRest.isVhostAwaited("other", "web"))
                .as("there is none for it")
                .isFalse();
    }

    @Test
    void whoIsTakenWhateverItsVhostNeedNotSayItFirst() {
        RouteTable late = new RouteTable(List.of(
                rule(byUser, Set.of(), ORDERS, NameFilter.ALL),
                billing,
                rule(rest, Set.of(), NameFilter.ALL, NameFilter.ALL)));
        assertThat(late.isVhostAwaited(null, "shop")).isFalse();
        assertThat(late.of(null, "shop", "billing")).isSameAs(byUser);
        assertThat(late.isVhostAwaited(null, "web")).isTrue();
    }

    @Test
    void aVhostThatNoneWantsIsTheFirstOnesAffair() {
        RouteTable alone = new RouteTable(List.of(others, billing));
        assertThat(alone.of("inside", "shop", "/")).isSameAs(byOther);
        assertThat(alone.of(null, "web", "/")).isSameAs(byVhost);
        assertThat(new RouteTable(List.of(others)).of(null, "web", "stock")).isNull();
    }

    @Test
    void beforeTheVhostIsKnownTheRouteCountsThatTakesEveryone() {
        assertThat(byVhosts.before("inside")).isSameAs(rest);
        assertThat(new RouteTable(List.of(others, billing)).before("inside")).isSameAs(byOther);
        assertThat(byVhosts.isAllAmong(Set.of(rest), null))
                .as("there are other vhosts")
                .isFalse();
        assertThat(byVhosts.isAllAmong(Set.of(rest, byVhost), null)).isTrue();
        assertThat(byVhosts.isAllAmong(Set.of(rest, byVhost), "inside")).isFalse();
    }
}
