package io.amqproxy.program;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signals of the operating system. A shutdown hook would not do: it knows no HUP, no second TERM and no exit status of
 * its own. The JDK's class for it is supported but unofficial ({@code jdk.unsupported}), and javac has a warning for it
 * that cannot be turned off; hence reflection.
 */
final class Signals {

    private static final Logger log = LoggerFactory.getLogger(Signals.class);

    private Signals() {}

    /**
     * Runs an action, on a thread of the JVM, whenever a signal comes. A system without that signal goes without, and a
     * process that was started with it ignored: the JVM leaves such signals alone. The log tells of both.
     *
     * @param name without SIG
     */
    static void handle(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler onCall = (proxy, method, arguments) -> switch (method.getName()) {
                case "hashCode" -> System.identityHashCode(proxy);
                case "equals" -> proxy == Objects.requireNonNull(arguments)[0];
                case "toString" -> "handler of " + name;
                default -> {
                    action.run();
                    yield null;
                }
            };
            Object former = signal.getMethod("handle", signal, handler)
                    .invoke(
                            null,
                            signal.getConstructor(String.class).newInstance(name),
                            Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handler}, onCall));
            if (handler.getField("SIG_IGN").get(null).equals(former)) {
                log.warn("The signal {} will not come: it was ignored when the program was started, as by nohup", name);
            }
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            log.warn("The signal {} is not handled here", name);
            log.debug("Why the signal is not handled", e);
        }
    }
}
