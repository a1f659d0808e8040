package io.amqproxy.testkit;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Classes of one package of which each needs, by way of others of the package, all others. Nested classes count as
 * those that they are in. (Tarjan's strongly connected components.)
 */
public final class ClassKnots {

    /** A class and its part, as two that know each other. */
    private static final int PAIR = 2;

    private final Map<String, Set<String>> needs;
    private final Map<String, Integer> order = new HashMap<>();
    private final Map<String, Integer> lowest = new HashMap<>();
    private final ArrayDeque<String> open = new ArrayDeque<>();
    private Set<String> largest = Set.of();

    private ClassKnots(Map<String, Set<String>> needs) {
        this.needs = needs;
    }

    /** {@return the largest knot of each package that has one of more than two classes} */
    public static Map<String, Set<String>> in(JavaClasses classes) {
        Map<String, Map<String, Set<String>>> packages = new TreeMap<>();
        for (JavaClass one : classes) {
            Set<String> needed = packages.computeIfAbsent(one.getPackageName(), any -> new TreeMap<>())
                    .computeIfAbsent(top(one), any -> new TreeSet<>());
            for (Dependency dependency : one.getDirectDependenciesFromSelf()) {
                JavaClass other = dependency.getTargetClass();
                if (other.getPackageName().equals(one.getPackageName())
                        && !top(other).equals(top(one))) {
                    needed.add(top(other));
                }
            }
        }
        Map<String, Set<String>> knots = new TreeMap<>();
        packages.forEach((name, needs) -> {
            Set<String> knot = new ClassKnots(needs).largest();
            if (knot.size() > PAIR) {
                knots.put(name, knot);
            }
        });
        return knots;
    }

    private static String top(JavaClass one) {
        String name = one.getName().substring(one.getPackageName().length() + 1);
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }

    private Set<String> largest() {
        for (String one : needs.keySet()) {
            if (!order.containsKey(one)) {
                visit(one);
            }
        }
        return largest;
    }

    private void visit(String one) {
        order.put(one, order.size());
        lowest.put(one, order.get(one));
        open.push(one);
        for (String other : needs.getOrDefault(one, Set.of())) {
            if (!order.containsKey(other)) {
                visit(other);
                lowest.merge(one, lowest.get(other), Math::min);
            } else if (open.contains(other)) {
                lowest.merge(one, order.get(other), Math::min);
            }
        }
        if (lowest.get(one).equals(order.get(one))) {
            Set<String> knot = new TreeSet<>();
            String last;
            do {
                last = open.pop();
                knot.add(last);
            } while (!last.equals(one));
            largest = knot.size() > largest.size() ? knot : largest;
        }
    }
}
