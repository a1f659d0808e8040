package io.amqproxy.testkit;

import java.lang.management.ManagementFactory;
import java.security.CodeSource;
import java.util.Objects;
import javax.management.JMException;
import javax.management.ObjectName;

/** What the objects of the proxy's own classes take of the heap, by the JVM's count of those that are reachable. */
public final class ReachableObjects {

    private ReachableObjects() {}

    /**
     * Lines of the histogram of classes are number, objects, octets and class. What tests have is not the proxy's, and
     * what the JDK has is not only its.
     */
    public static long octets() throws JMException {
        String histogram = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        return histogram
                .lines()
                .map(line -> line.trim().split("\\s+"))
                .filter(line -> line[0].endsWith(":") && isOfProxy(line[3]))
                .mapToLong(line -> Long.parseLong(line[2]))
                .sum();
    }

    private static boolean isOfProxy(String type) {
        String element = type.replaceFirst("^\\[+L(.*);$", "$1");
        // A lambda belongs to the class that it is in.
        String named = element.replaceFirst("\\$\\$Lambda.*", "");
        return named.startsWith("io.amqproxy.") && !isOfTests(named);
    }

    private static boolean isOfTests(String name) {
        try {
            ClassLoader loader = ReachableObjects.class.getClassLoader();
            CodeSource source =
                    Class.forName(name, false, loader).getProtectionDomain().getCodeSource();
            return Objects.equals(
                    source.getLocation(),
                    ReachableObjects.class.getProtectionDomain().getCodeSource().getLocation());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
