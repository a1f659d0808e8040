package io.amqproxy.testkit;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A RabbitMQ broker that a test may do anything with: a private node or a container, which makes no difference here.
 *
 * <p>All numbers are what the broker knows at the time of the call, not samples of its statistics.
 */
public interface BrokerNode {

    /** Where user {@code guest} logs in to virtual host {@code /}. */
    Login login();

    /**
     * Runs {@code rabbitmqctl -q} with these arguments, which takes about a second.
     *
     * @return what it wrote to its standard output
     * @throws IllegalStateException if it fails; the message has its output
     */
    String ctl(String... arguments);

    /**
     * Has the broker evaluate an Erlang expression.
     *
     * @param expression without a full stop
     * @return its value, in Erlang's notation
     * @throws IllegalStateException if the expression fails
     */
    String eval(String expression);

    /** The AMQP port. */
    default int port() {
        return login().port();
    }

    /** {@link #login()} as a URI. */
    default URI uri() {
        return login().uri();
    }

    /** Adds a user, who has no rights yet. */
    default void addUser(String name, String password) {
        ctl("add_user", name, password);
    }

    /** Changes a password. Connections that are open stay open. */
    default void changePassword(String name, String password) {
        ctl("change_password", name, password);
    }

    /** Deletes a user. The broker closes the connections this user has open. */
    default void deleteUser(String name) {
        ctl("delete_user", name);
    }

    /** Adds a virtual host, in which only users with a {@link #grant} may do anything. */
    default void addVhost(String name) {
        ctl("add_vhost", name);
    }

    /** Allows a user everything in a virtual host. */
    default void grant(String user, String vhost) {
        ctl("set_permissions", "-p", vhost, user, ".*", ".*", ".*");
    }

    /** How many AMQP connections are open: those that got as far as {@code open-ok}. */
    default int connections() {
        return Integer.parseInt(eval("length(rabbit_networking:connections())"));
    }

    /** How many AMQP channels are open. */
    default int channels() {
        return Integer.parseInt(eval("length(rabbit_channel:list())"));
    }

    /** How many AMQP connections got as far as {@code open-ok} since the broker started. */
    default long connectionsOpenedTotal() {
        return Long.parseLong(eval("ets:lookup_element(connection_churn_metrics, node(), 2)"));
    }

    /** How many AMQP channels were opened since the broker started. */
    default long channelsOpenedTotal() {
        return Long.parseLong(eval("ets:lookup_element(connection_churn_metrics, node(), 4)"));
    }

    /** How many messages clients have published since the broker started, routed or not. */
    default long messagesReceivedTotal() {
        return Long.parseLong(
                eval(
                        "maps:get(messages_received_total, maps:get([{protocol,amqp091}], rabbit_global_counters:overview()))"));
    }

    /**
     * How many messages a queue has ready for delivery; those delivered and not yet acknowledged are not among them.
     */
    default int messages(String vhost, String queue) {
        return Integer.parseInt(eval(("begin {ok, Queue} = rabbit_amqqueue:lookup(rabbit_misc:r(%s, queue, %s)),"
                        + " [{messages_ready, Ready}] = rabbit_amqqueue:info(Queue, [messages_ready]), Ready end")
                .formatted(Erlang.binary(vhost), Erlang.binary(queue))));
    }

    /** The names of the queues in a virtual host, sorted. */
    default List<String> queues(String vhost) {
        String names = eval("[base64:encode(Name) || {resource, _, queue, Name} <- rabbit_amqqueue:list_names(%s)]"
                .formatted(Erlang.binary(vhost)));
        return Pattern.compile("<<\"([^\"]*)\">>")
                .matcher(names)
                .results()
                .map(name -> new String(Base64.getDecoder().decode(name.group(1)), StandardCharsets.UTF_8))
                .sorted()
                .toList();
    }
}
