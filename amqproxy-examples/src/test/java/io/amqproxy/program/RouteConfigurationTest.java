package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a file says of routes. */
class RouteConfigurationTest extends ConfigurationFixture {

    private static final String ROUTE = "[route orders]\nupstream = amqp://orders\nusers = orders-*\n";

    @Test
    void routesNeedNoUpstreamBesideThem() throws Exception {
        Setup setup = read(ROUTE + "listen_addresses = plain\nlisten = 127.0.0.1:5700\npolicy = exclusive\n")
                .setup();

        assertThat(setup.hasUpstream).isFalse();
        assertThat(setup.routes()).extracting(RouteSetup::name).containsExactly("orders");
        assertThat(setup.places()).containsEntry("[route orders] listen", new Address("127.0.0.1", 5700));
    }

    static List<Option<?>> routeOptions() {
        return RouteOptions.ALL;
    }

    @ParameterizedTest
    @MethodSource("routeOptions")
    void everyKeyOfARouteIsUnderstoodAndItsChangeTold(Option<?> option) throws Exception {
        String value = option.name().endsWith("listen")
                ? "127.0.0.1:5700"
                : option.form().contains("no") && option.form().contains("yes")
                        ? "yes"
                        : switch (option.name()) {
                            case "upstream" -> "amqp://other";
                            case "users", "vhosts" -> "somebody";
                            case "listen-addresses" -> "plain";
                            case "endpoint-choice" -> "round-robin";
                            case "policy" -> "exclusive";
                            default -> "3";
                        };
        String tls = "[tls]\ncertificate = a\n";
        String route = ROUTE.replaceAll("(?m)^" + option.name() + " = .*\n", "");
        String secure = option.name().contains("upstream-") ? route.replace("amqp:", "amqps:") : route;
        String more = option.name().equals("upstream-key") || option.name().equals("upstream-key-password")
                ? "upstream_certificate = a\n"
                : option.name().equals("upstream-ca-password") ? "upstream_ca = a\n" : "";
        String file = secure + more + option.keys().get(0) + " = " + value + "\n"
                + (option.name().equals("tls-listen") ? tls : "");

        String change = "[route orders] " + option.keys().get(0);
        Configuration plain = read(UPSTREAM + ROUTE);
        assertThat(read(file).routeChangesSince(plain, option.isReloadable())).contains(change);
        assertThat(read(file).routeChangesSince(plain, !option.isReloadable())).doesNotContain(change);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[route orders]\\ncolour = red | FILE line 2: unknown key colour in [route orders]",
                "[route orders]\\nmax_connections = many | FILE line 2: max_connections: expected a number, at least 1",
                "[route orders]\\nmax_total_connections = 1 | FILE line 2: max_total_connections: max-total-connections has to be",
                "[route orders]\\nusers = a\\nusers = b | FILE line 3: users was given before: FILE line 2: users",
                "[route orders]\\nusers = a | route orders: no upstream was given",
                "[route orders]\\nupstream = amqp://b | route orders: neither addresses to listen on, users nor vhosts were given",
                "[route orders]\\nupstream = amqp://b\\nlisten_addresses = tls | route orders: no address to listen on is named tls",
                "[route a b]\\nupstream = amqp://b\\nusers = a | [route a b]: a route's name has 1 to 64",
                "[route a]\\nupstream = amqp://b\\nusers = a\\nupstream_key = k | [route a]: there is an upstream-key, but no upstream-certificate",
                "[route a]\\nupstream = amqp://b\\ntls_listen = 127.0.0.1:1 | there is a tls_listen of a route, but no tls-certificate",
                "[route a]\\nupstream = amqp://b\\nlisten = 127.0.0.1:5673 | port and [route a] listen are both port 5673",
                "[listen]\\ninherited_socket = plain\\n[route a]\\nupstream = amqp://b\\nlisten = 127.0.0.1:1 | [route a]: listen has no place beside an inherited-socket",
            })
    void whatIsWrongWithARouteIsTold(String text, String expected) throws Exception {
        assertThatProblemsOf(text.replace("\\n", "\n"))
                .anyMatch(line -> line.startsWith(expected.replace("FILE", file().toString())));
    }

    @Test
    void addressesOfRoutesStayUntilARestart() throws Exception {
        Configuration running = read(UPSTREAM + ROUTE + "listen = 127.0.0.1:5700\n");

        Configuration changed = read(UPSTREAM + ROUTE + "listen = 127.0.0.1:5701\nmax_connections = 3\n")
                .over(running);
        assertThat(changed.routeChangesSince(running, true)).containsExactly("[route orders] max_connections");
        assertThat(changed.setup().places()).containsEntry("[route orders] listen", new Address("127.0.0.1", 5700));

        Configuration without = read(UPSTREAM).over(changed);
        assertThat(without.setup().routes()).isEmpty();
        assertThat(without.setup().places()).containsEntry("[route orders] listen", new Address("127.0.0.1", 5700));

        Configuration again =
                read(UPSTREAM + ROUTE + "listen = 127.0.0.1:5700\n").over(without);
        assertThat(again.setup().routes()).hasSize(1);
        assertThat(again.setup().places()).containsEntry("[route orders] listen", new Address("127.0.0.1", 5700));

        String more = UPSTREAM + ROUTE + "[route other]\nupstream = amqp://b\nlisten = 127.0.0.1:5702\n";
        assertThatThrownBy(() -> read(more).over(running))
                .asInstanceOf(type(BadConfiguration.class))
                .extracting(BadConfiguration::problems)
                .isEqualTo(List.of(file() + " line 7: listen of a new route needs a restart"));
    }
}
